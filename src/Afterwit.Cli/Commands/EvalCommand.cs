using System.CommandLine;
using System.Text.Json;
using Afterwit.Cli.Evaluation;
using Afterwit.Storage;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit eval`: production recall and advice on labelled data. Writes rankings for a scorer; computes no score itself.</summary>
internal static class EvalCommand
{
    private static readonly Argument<string> Suite = new("SUITE") { Description = "conversation, experience, next-tool or recovery." };
    private static readonly Option<string[]> Memory = new("--memory") { Description = "What is put into the memory first: episode files, or dialogue turns for conversation.", Required = true, AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> Where = new("--where") { Description = "Only episodes whose metadata says so: KEY=VALUE." };
    private static readonly Option<FileInfo> Queries = new("--queries") { Description = "One JSON object a line, .gz or plain.", Required = true };
    private static readonly Option<FileInfo> Out = new("--out") { Description = "Where the rankings go, one JSON object a line.", Required = true };

    public static Command Create()
    {
        Suite.AcceptOnlyFromAmong("conversation", "experience", "next-tool", "recovery");
        return new Command("eval", "Rank labelled data with production recall and advice, for a scorer.") { Suite, Memory, Where, Queries, Out }.Runs(RunAsync);
    }

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var suite = parsed.GetRequiredValue(Suite);
        var files = parsed.GetRequiredValue(Memory);
        await using var memory = await AgentMemory.OpenAsync(SqliteDatabase.InMemory, cancellationToken: cancellationToken);
        var sources = suite == "conversation"
            ? await DialogueCorpus.LoadAsync(memory, files, cancellationToken)
            : await EpisodeCorpus.LoadAsync(memory, files, ParseWhere(parsed.GetValue(Where)), cancellationToken);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        var ranked = 0;
        await using (var writer = new StreamWriter(parsed.GetRequiredValue(Out).FullName))
        {
            await foreach (var query in LabelledData.ReadAsync(parsed.GetRequiredValue(Queries).FullName, EvaluationJson.Default.EvaluationQuery, cancellationToken))
            {
                var ranking = suite switch
                {
                    "conversation" => await Rankings.ConversationAsync(memory, sources, query, cancellationToken),
                    "experience" => await Rankings.ExperienceAsync(memory, sources, query, cancellationToken),
                    "next-tool" => await Rankings.NextToolAsync(memory, query, cancellationToken),
                    _ => await Rankings.RecoveryAsync(memory, query, cancellationToken),
                };
                await writer.WriteLineAsync(JsonSerializer.Serialize(new(query.Id, ranking), EvaluationJson.Default.RankingLine).AsMemory(), cancellationToken);
                ranked++;
            }
        }

        context.Output.Notes.WriteLine($"{ranked} rankings from {sources.Count} episodes, {clock.Elapsed.TotalMilliseconds / Math.Max(1, ranked):0.0} ms each.");
    }

    private static KeyValuePair<string, string>? ParseWhere(string? text)
    {
        if (text is null)
            return null;
        var sign = text.IndexOf('=', StringComparison.Ordinal);
        return sign > 0 ? new(text[..sign], text[(sign + 1)..]) : throw new ArgumentException($"--where is '{text}': expected KEY=VALUE.");
    }
}
