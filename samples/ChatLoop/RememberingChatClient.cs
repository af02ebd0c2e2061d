using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Afterwit;
using Microsoft.Extensions.AI;

namespace ChatLoop;

/// <summary>
/// Gives any chat client a memory. Before the first answer to a task it recalls what helped with similar ones and warns of known mistakes; every call of a tool is recorded as a step,
/// with its error when it failed. One instance is one task: dispose it, or say how it ended.
/// </summary>
/// <param name="inner">The client that answers.</param>
/// <param name="memory">The memory; it stays open.</param>
/// <param name="scope">To whom the task belongs.</param>
/// <param name="domain">The field of work: lessons are learned apart for each.</param>
internal sealed class RememberingChatClient(IChatClient inner, AgentMemory memory, Scope scope, string domain) : DelegatingChatClient(inner), IAsyncDisposable
{
    private const int RecallTokens = 400;

    private readonly Dictionary<string, FunctionCallContent> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _recorded = new(StringComparer.Ordinal);
    private EpisodeId? _episode;
    private ChatMessage? _recalled;
    private bool _ended;

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var response = await base.GetResponseAsync(await BeforeAsync(messages, cancellationToken), options, cancellationToken);
        await AfterAsync(response.Messages, cancellationToken);
        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in base.GetStreamingResponseAsync(await BeforeAsync(messages, cancellationToken), options, cancellationToken))
        {
            updates.Add(update);
            yield return update;
        }

        await AfterAsync(updates.ToChatResponse().Messages, cancellationToken);
    }

    /// <summary>Ends the task and learns from it. Only the caller knows whether it was done: a test, a user, a checker.</summary>
    public async Task EndAsync(Outcome outcome, CancellationToken cancellationToken = default)
    {
        if (_episode is not { } episode || _ended)
            return;
        await memory.CompleteAsync(episode, outcome, cancellationToken);
        _ended = true;
    }

    /// <summary>A task that nobody ended was given up: it is kept, and nothing is learned from it.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync(Outcome.Abstention("nobody said how it ended"));
        Dispose();
    }

    /// <summary>Starts the episode with the first question, records the results of tools, and puts what was recalled before the conversation.</summary>
    private async Task<IEnumerable<ChatMessage>> BeforeAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var all = messages.ToList();
        if (_episode is null && all.FindLast(m => m.Role == ChatRole.User)?.Text is { } task && !string.IsNullOrWhiteSpace(task))
        {
            var episode = await memory.StartAsync(task, scope, new() { Domain = domain }, cancellationToken: cancellationToken);
            _episode = episode;
            _recalled = await RecallAsync(task, episode, cancellationToken);
        }

        await RecordAsync(all, cancellationToken);
        // Never into the history of the caller: what a memory gave out must not come back to it as news.
        return _recalled is null ? all : all.Prepend(_recalled);
    }

    private async Task AfterAsync(IList<ChatMessage> answer, CancellationToken cancellationToken)
    {
        await RecordAsync(answer, cancellationToken);
        var said = string.Concat(answer.Where(m => m.Role == ChatRole.Assistant).Select(m => m.Text));
        if (_episode is { } episode && !string.IsNullOrWhiteSpace(said))
            await memory.LogAsync(episode, Step.Message("assistant", said), cancellationToken);
    }

    /// <summary>A call becomes a step as soon as its result is there. A history that comes again holds nothing new.</summary>
    private async Task RecordAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
    {
        List<Step> steps = [];
        foreach (var content in messages.SelectMany(m => m.Contents))
        {
            if (content is FunctionCallContent call && !_recorded.Contains(call.CallId))
                _open[call.CallId] = call;
            else if (content is FunctionResultContent result && _open.Remove(result.CallId, out var asked) && _recorded.Add(result.CallId))
                steps.Add(Step.ToolCall(asked.Name, ArgumentsOf(asked), result.Exception?.Message ?? TextOf(result.Result), isError: result.Exception is not null));
        }

        if (steps.Count > 0 && _episode is { } episode)
            await memory.LogAsync(episode, steps, cancellationToken);
    }

    private async Task<ChatMessage?> RecallAsync(string task, EpisodeId episode, CancellationToken cancellationToken)
    {
        var recall = await memory.RecallAsync(new() { Text = task, Scope = scope, Context = new() { Domain = domain }, Limit = 3, MaxTokens = RecallTokens, Episode = episode }, cancellationToken);
        var advice = await memory.AdviseAsync(new() { Task = task, Domain = domain, Scope = scope, Limit = 3 }, cancellationToken);
        var text = new StringBuilder();
        foreach (var hit in recall.Hits)
            text.AppendLine($"- A similar task ended well: {hit.Title}{(hit.BestStep is { } step ? $". What helped: {step.Summary}" : "")}");
        foreach (var next in advice.Next)
            text.AppendLine($"- Do {next.Action}: {next.Reason}");
        foreach (var avoid in advice.Avoid)
            text.AppendLine($"- Avoid {avoid.Action}: {avoid.Reason}");
        return text.Length == 0 ? null : new(ChatRole.System, $"From memory, which may not fit this task:\n{text}");
    }

    private static string ArgumentsOf(FunctionCallContent call) =>
        string.Join(' ', (call.Arguments ?? new Dictionary<string, object?>()).Select(pair => $"{pair.Key}={TextOf(pair.Value)}"));

    private static string? TextOf(object? value) => value switch
    {
        null => null,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
        _ => value.ToString(),
    };
}
