using System.Text;

namespace Afterwit.Storage;

/// <summary>Puts the tool calls of episodes together, from rows and from packs.</summary>
internal sealed class TraceCollector
{
    private readonly Dictionary<long, Trace> _byEpisode = [];

    /// <summary>A step that has a row; null for a message.</summary>
    public void Add(EpisodeHeadLine head, long key, TraceStep? step)
    {
        var trace = Of(head, key);
        trace.EndsWithMessage = step is null;
        if (step is { } call)
            trace.Steps.Add(call);
    }

    /// <summary>The steps of a pack, which come behind those of the pack before.</summary>
    /// <exception cref="DatabaseException">It cannot be decoded.</exception>
    public void Add(EpisodeHeadLine head, StoredPack pack, PayloadCodec codec)
    {
        var reader = StoredEpisode.Read(pack, codec);
        while (reader.Next())
        {
            if (reader.FromMemory)
                continue;
            var isCall = reader.Kind == StepKind.ToolCall;
            Add(head, pack.Key, isCall ? new(reader.Tool ?? "", reader.IsError, IsBlank(reader.ObservationUtf8), reader.Ordinal) : null);
        }
    }

    /// <summary>All of them, in the order in which the episodes were stored. An episode without steps is left out.</summary>
    public IReadOnlyList<ToolTrace> ToList() =>
        [.. _byEpisode.OrderBy(pair => pair.Key).Select(pair => new ToolTrace(pair.Value.Head.Id, new Outcome(pair.Value.Head.Status, null, pair.Value.Head.Score).Verdict, pair.Value.Steps, pair.Value.EndsWithMessage))];

    /// <summary>As of its text; the longest answer that counts as blank is five bytes, so a long one need not become a string.</summary>
    private static bool IsBlank(ReadOnlySpan<byte> observation)
    {
        observation = observation.Trim(" \t\r\n"u8);
        return observation.Length <= 16 && ErrorDetector.IsBlank(Encoding.UTF8.GetString(observation));
    }

    private Trace Of(EpisodeHeadLine head, long key)
    {
        var episode = StepKey.Episode(key);
        if (!_byEpisode.TryGetValue(episode, out var trace))
            _byEpisode[episode] = trace = new(head);
        return trace;
    }

    private sealed class Trace(EpisodeHeadLine head)
    {
        public EpisodeHeadLine Head => head;

        public List<TraceStep> Steps { get; } = [];

        public bool EndsWithMessage { get; set; }
    }
}
