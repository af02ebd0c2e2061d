using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Hooks;

/// <summary>What the memory has to say to a prompt, within a budget of tokens.</summary>
internal static class PromptContext
{
    private const int CharactersPerToken = 4;
    private const int LineLength = 300;

    private const string Heading = "From the memory of earlier sessions (afterwit); it may not fit this task:";

    /// <summary>The answer of a hook to a prompt, as the client reads it, with the recall that it tells of, whose receipt is kept once the episode is known. Null when the memory has nothing.</summary>
    public static async Task<(JsonObject Answer, RecallQuery Query, RecallResult Recall)?> FindAsync(AgentMemory memory, string prompt, string? project, int maxTokens, CancellationToken cancellationToken)
    {
        var query = new RecallQuery { Text = prompt, Context = new() { Domain = "claude-code" }, Scope = new(Project: project), Limit = 3, MaxTokens = maxTokens, KeepReceipt = false };
        var recall = await memory.RecallAsync(query, cancellationToken);
        var advice = await memory.AdviseAsync(new() { Task = prompt, Domain = "claude-code", Scope = new(Project: project), Limit = 3 }, cancellationToken);
        var text = Within(maxTokens * CharactersPerToken, Lines(recall, advice));
        return text is null ? null : (new() { ["hookSpecificOutput"] = new JsonObject { ["hookEventName"] = "UserPromptSubmit", ["additionalContext"] = text } }, query, recall);
    }

    private static IEnumerable<string> Lines(RecallResult recall, Advice advice)
    {
        // Without a similar task the counts of the whole domain say nothing of this one.
        if (recall.Hits.Count == 0)
            yield break;
        foreach (var hit in recall.Hits)
            yield return $"- done before: {hit.Title}{(hit.BestStep is { } step ? $" | what mattered: {step.Summary}" : "")} ({hit.Id})";
        foreach (var avoid in advice.Avoid)
            yield return $"- avoid {avoid.Action}: {avoid.Reason}";
        foreach (var next in advice.Next.Where(n => n.Action != Learner.End))
            yield return string.Create(CultureInfo.InvariantCulture, $"- begin with {next.Action}: {next.Reason}");
    }

    /// <summary>As many whole lines as there is room for.</summary>
    private static string? Within(int characters, IEnumerable<string> lines)
    {
        var text = new StringBuilder(Heading);
        foreach (var line in lines.Select(line => Words.Excerpt(line, LineLength)))
        {
            if (text.Length + 1 + line.Length > characters)
                break;
            text.Append('\n').Append(line);
        }

        return text.Length == Heading.Length ? null : text.ToString();
    }
}
