namespace Afterwit.Storage;

/// <summary>The statements that count patterns. Counts of a batch are merged first: a pattern is written once, however many episodes show it.</summary>
internal static class PatternCommands
{
    private const string Merge = """
        INSERT INTO patterns(id, condition_id, kind, domain, condition, action, successes, failures, errors, first_seen, last_seen)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT(id) DO UPDATE SET successes = successes + excluded.successes, failures = failures + excluded.failures, errors = errors + excluded.errors,
            first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)
        """;

    private const string MergeAgent = """
        INSERT INTO pattern_agents(pattern, agent, successes, failures) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT(pattern, agent) DO UPDATE SET successes = successes + excluded.successes, failures = failures + excluded.failures
        """;

    // A ring for each side: the n-th success takes the slot n modulo its size, and so the newest stay. ?5 is how many more of the batch come after this one.
    private static readonly string PutEvidence = $"""
        INSERT INTO pattern_evidence(pattern, slot, episode, success, step) VALUES (?2, {Slot("- ?5")}, {EpisodeCommands.KeyById}, ?3, ?4)
        ON CONFLICT(pattern, slot) DO UPDATE SET episode = excluded.episode, success = excluded.success, step = excluded.step
        """;

    // The slot of the newest, which the next one will take, has to be free once an episode is uncounted: the newest moves to where the episode was,
    // or, where the episode had been pushed out, to the place of the oldest.
    private static readonly string CloseRing = $"""
        UPDATE OR REPLACE pattern_evidence
        SET slot = coalesce((SELECT v.slot FROM pattern_evidence v WHERE v.pattern = ?2 AND v.episode = {EpisodeCommands.KeyById}), {Slot("+ 1")})
        WHERE pattern = ?2 AND slot = {Slot("")}
        """;

    /// <summary>Adds what the episodes show.</summary>
    public static IEnumerable<Command> Learn(IReadOnlyList<LearnedEpisode> learned)
    {
        var ids = Identify(learned);
        var counts = Sum(learned, ids, out var agents);
        yield return new(Merge, [.. counts.Select(pair => PatternRow(pair.Key, pair.Value))]);
        yield return new(MergeAgent, AgentRows(agents));
        yield return new(PutEvidence, EvidenceRows(learned, ids));
    }

    /// <summary>Withdraws a pattern, or puts it back.</summary>
    public static Command Retire(PatternId id, bool retired) => new("UPDATE patterns SET retired = ?2 WHERE id = ?1", id.Value, retired);

    /// <summary>Takes back what an episode added. A pattern that no episode shows any more goes, unless a person withdrew it.</summary>
    public static IEnumerable<Command> Unlearn(LearnedEpisode learned)
    {
        var counts = Sum([learned], Identify([learned]), out var agents);
        yield return new(CloseRing, [.. counts.Select(pair => new SqlValue[] { learned.Episode.Id.Value, pair.Key.Value, pair.Value.Successes > 0 })]);
        yield return new(
            "UPDATE patterns SET successes = max(0, successes - ?2), failures = max(0, failures - ?3), errors = max(0, errors - ?4) WHERE id = ?1",
            [.. counts.Select(pair => new SqlValue[] { pair.Key.Value, pair.Value.Successes, pair.Value.Failures, pair.Value.Errors })]);
        yield return new("UPDATE pattern_agents SET successes = max(0, successes - ?3), failures = max(0, failures - ?4) WHERE pattern = ?1 AND agent = ?2", AgentRows(agents));
        yield return new("DELETE FROM pattern_agents WHERE pattern = ?1 AND successes = 0 AND failures = 0", [.. counts.Keys.Select(id => new SqlValue[] { id.Value })]);
        yield return new("DELETE FROM patterns WHERE id = ?1 AND successes = 0 AND failures = 0 AND retired = 0", [.. counts.Keys.Select(id => new SqlValue[] { id.Value })]);
    }

    private static string Slot(string next) =>
        $"(SELECT CASE ?3 WHEN 1 THEN (p.successes {next}) % {Pattern.EvidencePerSide} ELSE {Pattern.EvidencePerSide} + (p.failures {next}) % {Pattern.EvidencePerSide} END FROM patterns p WHERE p.id = ?2)";

    /// <summary>The ids of what each episode shows. A pattern is hashed once, however many of them show it.</summary>
    private static PatternId[][] Identify(IReadOnlyList<LearnedEpisode> learned)
    {
        var known = new Dictionary<(PatternKind, string?, string, string), PatternId>();
        return [.. learned.Select(l => l.Observations.Select(seen =>
        {
            var content = (seen.Kind, seen.Domain, seen.Condition, seen.Action);
            return known.TryGetValue(content, out var id) ? id : known[content] = PatternId.Of(seen.Kind, seen.Domain, seen.Condition, seen.Action);
        }).ToArray())];
    }

    private static Dictionary<PatternId, Count> Sum(IReadOnlyList<LearnedEpisode> learned, PatternId[][] ids, out Dictionary<(PatternId, string), (int Successes, int Failures)> agents)
    {
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
                count.Add(seen, episode.StartedAt);
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
            count.Successes, count.Failures, count.Errors, count.First, count.Last,
        ];
    }

    private static List<SqlValue[]> AgentRows(Dictionary<(PatternId Pattern, string Agent), (int Successes, int Failures)> agents) =>
        [.. agents.Select(pair => new SqlValue[] { pair.Key.Pattern.Value, pair.Key.Agent, pair.Value.Successes, pair.Value.Failures })];

    /// <summary>The last of each side in the batch: earlier ones would be overwritten.</summary>
    private static List<SqlValue[]> EvidenceRows(IReadOnlyList<LearnedEpisode> learned, PatternId[][] ids)
    {
        var rows = new List<SqlValue[]>();
        var later = new Dictionary<(PatternId, bool), int>();
        for (var i = learned.Count - 1; i >= 0; i--)
        {
            for (var o = 0; o < ids[i].Length; o++)
            {
                var (seen, id) = (learned[i].Observations[o], ids[i][o]);
                var after = later.GetValueOrDefault((id, seen.Success));
                later[(id, seen.Success)] = after + 1;
                if (after < Pattern.EvidencePerSide)
                    rows.Add([learned[i].Episode.Id.Value, id.Value, seen.Success, seen.Step, after]);
            }
        }

        return rows;
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

        public void Add(PatternObservation observation, DateTimeOffset when)
        {
            Successes += observation.Success ? 1 : 0;
            Failures += observation.Success ? 0 : 1;
            Errors += observation.ActionFailed ? 1 : 0;
            First = when < First ? when : First;
            Last = when > Last ? when : Last;
        }
    }
}
