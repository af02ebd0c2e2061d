using System.Globalization;
using Afterwit.Cli.Importing;

namespace Afterwit.Cli.Evaluation;

/// <summary>Puts episode files into a memory, as `afterwit import` does.</summary>
internal static class EpisodeCorpus
{
    /// <returns>The name that each episode has in its file.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> LoadAsync(AgentMemory memory, IReadOnlyList<string> files, KeyValuePair<string, string>? where, CancellationToken cancellationToken)
    {
        var episodes = new List<Episode>();
        await foreach (var record in new EpisodeReader(CommandContext.Time).ReadAsync(files, "episodes", cancellationToken))
        {
            if (record.Problem is { } problem)
                throw new IOException($"{problem}: labelled data has to be whole.");
            if (record.Episode is { } episode && (where is null || (episode.Metadata.TryGetValue(where.Value.Key, out var value) && value == where.Value.Value)))
                episodes.Add(episode);
        }

        await memory.ImportAsync(episodes, cancellationToken: cancellationToken);
        return episodes.ToDictionary(e => e.Id.ToString(), e => e.SourceId!["episodes/".Length..], StringComparer.Ordinal);
    }
}

/// <summary>Puts dialogues into a memory: a session is an episode, a turn is a message, a dialogue is a project.</summary>
internal static class DialogueCorpus
{
    /// <returns>The name that each turn has in its file, by episode and ordinal.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> LoadAsync(AgentMemory memory, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var turns = new List<DialogueTurn>();
        foreach (var file in files)
        {
            await foreach (var turn in LabelledData.ReadAsync(file, EvaluationJson.Default.DialogueTurn, cancellationToken))
                turns.Add(turn);
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var episodes = new List<Episode>();
        foreach (var session in turns.GroupBy(t => (t.Conv, t.Session)))
        {
            var source = string.Create(CultureInfo.InvariantCulture, $"dialogue/{session.Key.Conv}/{session.Key.Session}");
            var id = EpisodeId.FromSource(source);
            var at = new DateTimeOffset(session.First().When, TimeSpan.Zero);
            episodes.Add(new Episode
            {
                Id = id,
                SourceId = source,
                Task = $"Conversation of {string.Join(" and ", session.Select(t => t.Speaker).Distinct())}",
                Scope = new(Project: session.Key.Conv),
                Context = new() { Domain = "conversation" },
                StartedAt = at,
                EndedAt = at,
                Outcome = Outcome.Success(),
                Steps = [.. session.Select(t => Step.Message(t.Speaker, t.ImageCaption is null ? t.Text : $"{t.Text} [{t.ImageCaption}]"))],
            });
            foreach (var (turn, ordinal) in session.Select((turn, i) => (turn, i)))
                names[string.Create(CultureInfo.InvariantCulture, $"{id}#{ordinal}")] = turn.DocId;
        }

        await memory.ImportAsync(episodes, cancellationToken: cancellationToken);
        return names;
    }
}
