using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode show`: one episode with everything that belongs to it.</summary>
internal static class EpisodeShowCommand
{
    public static Command Create() =>
        new Command("show", "Show one episode: its circumstances, every step, how it ended, what was recalled for it, its checkpoints and relationships.") { EpisodeCommand.Id }.Runs(RunAsync);

    /// <summary>Prints an episode for people.</summary>
    public static void Print(IAnsiConsole console, Episode episode, IReadOnlyList<Checkpoint> checkpoints, IReadOnlyList<Relationship> relationships)
    {
        console.Line(Ink.Bold(episode.Task));
        console.Line(Ink.Dim($"{episode.Id}, {Names.Of(episode.Status)}, started {Words.Minute(episode.StartedAt)} UTC{(episode.EndedAt is { } ended ? $", ended {Words.Minute(ended)} UTC" : "")}"));
        PrintHead(console, episode);
        if (episode.Outcome is { } outcome)
        {
            console.Line("Outcome ", Ink.Bold(Names.Of(outcome.Status)), outcome.Score is { } score ? $", score {Words.Number(score)}" : "", outcome.Summary is null ? "" : ": ", outcome.Summary);
            EpisodeEndCommand.PrintHindsight(console, episode);
        }

        if (episode.Steps.Count > 0)
            console.Title(Words.Many(episode.Steps.Count, "step"));
        foreach (var step in episode.Steps)
            Print(console, step);
        if (checkpoints.Count > 0)
            console.Title("Checkpoints");
        foreach (var checkpoint in checkpoints)
        {
            console.Line($"  {Words.Minute(checkpoint.At)} UTC after {Words.Many(checkpoint.Steps, "step")}  ", checkpoint.Note);
            console.Block("state", checkpoint.State);
        }

        if (relationships.Count > 0)
            console.Title("Relationships");
        foreach (var edge in relationships)
            console.Line($"  {edge.From} ", Ink.Bold(Names.Of(edge.Kind)), $" {edge.To}  ", edge.Note);
    }

    private static void Print(IAnsiConsole console, IReadOnlyList<KeptRecallJson> recalls)
    {
        if (recalls.Count > 0)
            console.Title("Recalled for it");
        foreach (var recall in recalls)
        {
            console.Line($"  {recall.At[..16].Replace('T', ' ')} UTC  ", Ink.Bold(Words.Excerpt(recall.Query, 160)), recall.Success switch { null => "", true => Ink.Good("  done with it"), false => Ink.Bad("  not done") });
            foreach (var hit in recall.Hits)
                console.Line("      ", Ink.Good(Words.Number(hit.Score)), $" {hit.Title}", hit.Used ? Ink.Good("  used") : "", Ink.Dim($"  {hit.Type} {hit.Id}"));
        }
    }

    private static void PrintHead(IAnsiConsole console, Episode episode)
    {
        List<(string Name, string? Value)> marks =
        [
            ("project", episode.Scope.Project), ("agent", episode.Scope.Agent), ("user", episode.Scope.User), ("run", episode.Scope.Run), ("domain", episode.Context.Domain), ("language", episode.Context.Language),
            ("framework", episode.Context.Framework), ("complexity", episode.Context.Complexity), .. episode.Context.Tags.Select(t => ("tag", (string?)t)), .. episode.Metadata.Select(m => (m.Key, (string?)m.Value)), ("source", episode.SourceId),
        ];
        marks.RemoveAll(m => m.Value is null);
        if (marks.Count > 0)
            console.Line(string.Join(", ", marks.Select(m => $"{m.Name} {m.Value}")));
    }

    private static void Print(IAnsiConsole console, Step step)
    {
        List<string> costs = [];
        if (step.Latency is { } latency)
            costs.Add($"{Words.Count((long)latency.TotalMilliseconds)} ms");
        if (step.Tokens is { } tokens)
            costs.Add(Words.Many(tokens, "token"));
        if (step.FromMemory)
            costs.Add("from memory");
        var note = costs.Count == 0 ? "" : $"  {string.Join(", ", costs)}";
        console.Line($"{step.Ordinal,4}  ", Ink.Bold(step.Kind == StepKind.ToolCall ? step.Tool : step.Speaker), step.IsError ? Ink.Bad($"  error: {step.ErrorClass}") : "", Ink.Dim(note));
        console.Block(step.Kind == StepKind.ToolCall ? "thought" : "says", step.Text);
        console.Block("given", step.Arguments);
        console.Block("answered", step.Observation);
    }

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = EpisodeCommand.IdOf(parsed);
        await using var memory = await context.OpenAsync(cancellationToken);
        var episode = await memory.GetAsync(id, cancellationToken);
        var checkpoints = await memory.Store.GetCheckpointsAsync(id, cancellationToken);
        var relationships = await memory.Store.GetRelationshipsAsync(id, cancellationToken);
        var recalls = await KeptRecallJson.ReadAsync(memory.Store, id, KeptRecallJson.Most, cancellationToken);
        context.Output.Write(EpisodeJson.Of(episode, checkpoints, relationships, recalls), MemoryJson.Default.EpisodeJson, people =>
        {
            Print(people, episode, checkpoints, relationships);
            Print(people, recalls);
        });
    }
}
