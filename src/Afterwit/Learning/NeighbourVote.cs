using System.Runtime.InteropServices;

namespace Afterwit;

/// <summary>What similar runs did where they stood like the agent stands now.</summary>
internal sealed class NeighbourVote
{
    private const int MostNeighbours = 30;
    private const double FailureWeight = 0.1;
    private const double TagWeight = 2;
    private const int LongestMatch = 3;
    private const double MatchBase = 3;
    private const double UsedToolsWeight = 2;
    private const double OtherAnswer = 0.3;

    private readonly Dictionary<string, double> _votes = new(StringComparer.Ordinal);
    private readonly List<(string Action, Evidence Evidence)> _voters = [];

    public NeighbourVote(AgentState state, IReadOnlyList<Neighbour> neighbours, Func<string, bool> isOffered)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var tool in state.Tools)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, tool, out _)++;
        foreach (var neighbour in neighbours.OrderByDescending(n => n.Similarity).ThenBy(n => n.Trace.Episode.Value).Take(MostNeighbours))
        {
            if (neighbour.Trace.Success is { } success && neighbour.Similarity > 0)
                Count(state, neighbour, success, counts, isOffered);
        }
    }

    /// <summary>The sum of all votes.</summary>
    public double Total { get; private set; }

    /// <summary>How many runs voted.</summary>
    public int Voters => _voters.Count;

    /// <summary>The votes for an action.</summary>
    public double For(string action) => _votes.GetValueOrDefault(action);

    /// <summary>The runs that did it where they stood most like the agent, the most similar first.</summary>
    public IEnumerable<Evidence> Evidence(string action) => _voters.Where(v => v.Action == action).Select(v => v.Evidence);

    private void Count(AgentState state, Neighbour neighbour, bool success, Dictionary<string, int> counts, Func<string, bool> isOffered)
    {
        var steps = neighbour.Trace.Steps;
        var names = steps.Select(s => ToolNames.Action(s.Tool)).ToArray();
        var left = new Dictionary<string, int>(counts, StringComparer.Ordinal);
        var shared = 0;
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        (double Weight, string Action, int Place) best = (0, "", 0);
        for (var i = 0; i <= steps.Count; i++)
        {
            if (i > 0 && left.TryGetValue(names[i - 1], out var more) && more > 0)
            {
                left[names[i - 1]] = more - 1;
                shared++;
            }

            var action = i < steps.Count ? names[i] : Learner.End;
            if (!isOffered(action) || (i == 0) != (state.Tools.Length == 0))
                continue;
            var match = Match(state.Tools, names.AsSpan(0, i));
            if (match == 0)
                continue;
            var alike = i == 0 ? 1 : 2.0 * shared / (i + state.Tools.Length);
            var weight = Math.Pow(MatchBase, match - LongestMatch) * Math.Exp(UsedToolsWeight * (alike - 1));
            if (state.IsError != (i > 0 && steps[i - 1].IsError) || state.IsBlank != (i > 0 && steps[i - 1].IsBlank))
                weight *= OtherAnswer;
            CollectionsMarshal.GetValueRefOrAddDefault(weights, action, out _) += weight;
            if (weight > best.Weight)
                best = (weight, action, i);
        }

        if (weights.Count == 0)
            return;
        var voice = neighbour.Similarity * (success ? 1 : FailureWeight) * (neighbour.SharesTag ? TagWeight : 1) * best.Weight / weights.Values.Sum();
        foreach (var (action, weight) in weights)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_votes, action, out _) += voice * weight;
            Total += voice * weight;
        }

        var place = Math.Min(best.Place, steps.Count - 1);
        _voters.Add((best.Action, new(neighbour.Trace.Episode, success, place < 0 ? 0 : steps[place].Ordinal >= 0 ? steps[place].Ordinal : place)));
    }

    /// <summary>How many of the last tools are the same, at most three; three also when both ways match to their beginning.</summary>
    private static int Match(ReadOnlySpan<string> mine, ReadOnlySpan<string> theirs)
    {
        var length = 0;
        while (length < LongestMatch && length < mine.Length && length < theirs.Length && mine[^(length + 1)] == theirs[^(length + 1)])
            length++;
        return length == mine.Length && length == theirs.Length ? LongestMatch : length;
    }
}
