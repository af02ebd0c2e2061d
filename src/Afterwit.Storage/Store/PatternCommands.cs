using System.Collections.Concurrent;
using System.Globalization;

namespace Afterwit.Storage;

/// <summary>The statements that count patterns. Counts of a batch are merged first: a pattern is written once, however many episodes show it.</summary>
internal static class PatternCommands
{
    /// <summary>The bytes of one piece of evidence: the id of the episode and the step in seven digits, which SQL can read and write, too.</summary>
    public const int EvidenceBytes = 16 + 7;

    // Before each side's evidence goes the new one, and the oldest falls off. A server takes an argument without bytes for NULL.
    private static readonly string Merge = $"""
        INSERT INTO patterns(id, condition_id, kind, domain, condition, action, successes, failures, errors, first_seen, last_seen, succeeded_in, failed_in)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, coalesce(?12, x''), coalesce(?13, x''))
        ON CONFLICT(id) DO UPDATE SET successes = successes + excluded.successes, failures = failures + excluded.failures, errors = errors + excluded.errors,
            first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),
            succeeded_in = {Newest("succeeded_in")}, failed_in = {Newest("failed_in")}
        """;

    private const string MergeAgent = """
        INSERT INTO pattern_agents(pattern, agent, successes, failures) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT(pattern, agent) DO UPDATE SET successes = successes + excluded.successes, failures = failures + excluded.failures
        """;

    private static readonly string Reduce = $"""
        UPDATE patterns SET successes = max(0, successes - ?2), failures = max(0, failures - ?3), errors = max(0, errors - ?4),
            succeeded_in = {Without("succeeded_in")}, failed_in = {Without("failed_in")}
        WHERE id = ?1
        """;

    /// <summary>Adds what the episodes show.</summary>
    public static IEnumerable<Command> Learn(IReadOnlyList<LearnedEpisode> learned)
    {
        var counts = Sum(learned, out var agents);
        // In the order of the table and, among patterns of like support, of its indexes: else the pages of a large memory are read and written again and again within one batch.
        yield return new(Merge, [.. counts.OrderBy(pair => pair.Key.Value).Select(pair => PatternRow(pair.Key, pair.Value))]);
        yield return new(MergeAgent, AgentRows(agents));
    }

    /// <summary>Withdraws a pattern, or puts it back.</summary>
    public static Command Retire(PatternId id, bool retired) => new("UPDATE patterns SET retired = ?2 WHERE id = ?1", id.Value, retired);

    /// <summary>Takes back what an episode added. A pattern that no episode shows any more goes, unless a person withdrew it.</summary>
    public static IEnumerable<Command> Unlearn(LearnedEpisode learned)
    {
        var counts = Sum([learned], out var agents);
        yield return new(Reduce, [.. counts.Select(pair => new SqlValue[] { pair.Key.Value, pair.Value.Successes, pair.Value.Failures, pair.Value.Errors, learned.Episode.Id.Value })]);
        yield return new("UPDATE pattern_agents SET successes = max(0, successes - ?3), failures = max(0, failures - ?4) WHERE pattern = ?1 AND agent = ?2", AgentRows(agents));
        yield return new("DELETE FROM pattern_agents WHERE pattern = ?1 AND successes = 0 AND failures = 0", [.. counts.Keys.Select(id => new SqlValue[] { id.Value })]);
        yield return new("DELETE FROM patterns WHERE id = ?1 AND successes = 0 AND failures = 0 AND retired = 0", [.. counts.Keys.Select(id => new SqlValue[] { id.Value })]);
    }

    // Joined, bytes become a text in SQL, whose characters are not theirs; and a part of no bytes is NULL.
    private static string Newest(string side) => $"coalesce(substr(CAST(excluded.{side} || {side} AS BLOB), 1, {Pattern.EvidencePerSide * EvidenceBytes}), x'')";

    private static string Without(string side) =>
        $"CASE instr({side}, ?5) WHEN 0 THEN {side} ELSE CAST(substr({side}, 1, instr({side}, ?5) - 1) || substr({side}, instr({side}, ?5) + {EvidenceBytes}) AS BLOB) END";

    private static Dictionary<PatternId, Count> Sum(IReadOnlyList<LearnedEpisode> learned, out Dictionary<(PatternId, string), (int Successes, int Failures)> agents)
    {
        // A pattern is hashed once, however many episodes show it.
        var known = new ConcurrentDictionary<(PatternKind, string?, string, string), PatternId>();
        var ids = learned.MapOverCores(l => l.Observations.Select(o => known.GetOrAdd((o.Kind, o.Domain, o.Condition, o.Action), static o => PatternId.Of(o.Item1, o.Item2, o.Item3, o.Item4))).ToArray());
        var counts = new Dictionary<PatternId, Count>();
        agents = [];
        for (var e = 0; e < learned.Count; e++)
        {
            var (episode, observations) = learned[e];
            for (var i = 0; i < observations.Count; i++)
            {
                var (seen, id) = (observations[i], ids[e][i]);
                if (!counts.TryGetValue(id, out var count))
                    counts[id] = count = new(seen, episode.StartedAt);
                count.Add(seen, episode);
                if (episode.Scope.Agent is { } agent)
                {
                    var (successes, failures) = agents.GetValueOrDefault((id, agent));
                    agents[(id, agent)] = seen.Success ? (successes + 1, failures) : (successes, failures + 1);
                }
            }
        }

        return counts;
    }

    private static SqlValue[] PatternRow(PatternId id, Count count)
    {
        var seen = count.Seen;
        return
        [
            id.Value, PatternId.OfCondition(seen.Kind, seen.Domain, seen.Condition), (long)seen.Kind, seen.Domain, seen.Condition, seen.Action,
            count.Successes, count.Failures, count.Errors, count.First, count.Last, Evidence(count.Succeeded), Evidence(count.Failed),
        ];
    }

    private static List<SqlValue[]> AgentRows(Dictionary<(PatternId Pattern, string Agent), (int Successes, int Failures)> agents) =>
        [.. agents.OrderBy(pair => pair.Key.Pattern.Value).Select(pair => new SqlValue[] { pair.Key.Pattern.Value, pair.Key.Agent, pair.Value.Successes, pair.Value.Failures })];

    /// <summary>The newest first.</summary>
    private static SqlValue Evidence(Queue<(EpisodeId Episode, int Step)> newestLast)
    {
        if (newestLast.Count == 0)
            return default;
        var bytes = new byte[newestLast.Count * EvidenceBytes];
        var place = bytes.Length;
        foreach (var (episode, step) in newestLast)
        {
            place -= EvidenceBytes;
            episode.Value.TryWriteBytes(bytes.AsSpan(place), bigEndian: true, out var written);
            step.TryFormat(bytes.AsSpan(place + written), out _, "D7", CultureInfo.InvariantCulture);
        }

        return bytes;
    }

    /// <summary>What a batch adds to one pattern.</summary>
    private sealed class Count(PatternObservation seen, DateTimeOffset at)
    {
        public PatternObservation Seen => seen;

        public int Successes { get; private set; }

        public int Failures { get; private set; }

        public int Errors { get; private set; }

        public DateTimeOffset First { get; private set; } = at;

        public DateTimeOffset Last { get; private set; } = at;

        /// <summary>The last episodes that succeeded.</summary>
        public Queue<(EpisodeId Episode, int Step)> Succeeded { get; } = [];

        /// <summary>The last that failed.</summary>
        public Queue<(EpisodeId Episode, int Step)> Failed { get; } = [];

        public void Add(PatternObservation observation, Episode episode)
        {
            var (when, side) = (episode.StartedAt, observation.Success ? Succeeded : Failed);
            if (side.Count == Pattern.EvidencePerSide)
                side.Dequeue();
            side.Enqueue((episode.Id, observation.Step));
            Successes += observation.Success ? 1 : 0;
            Failures += observation.Success ? 0 : 1;
            Errors += observation.ActionFailed ? 1 : 0;
            First = when < First ? when : First;
            Last = when > Last ? when : Last;
        }
    }
}
