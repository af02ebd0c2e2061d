namespace Afterwit;

/// <summary>Tools used one after the other, immediate repeats as one: <c>SHOW TABLES > DESCRIBE+ > SELECT</c>.</summary>
internal static class ToolSequences
{
    private const int Shortest = 2;
    private const int Longest = 4;
    private const int MostSequences = 32;
    private const int MostGroups = 1000;

    /// <summary>Observes the first 32 distinct sequences of two to four tools; a later showing can still mark one of them as failed.</summary>
    public static void Observe(List<Learner.Call> calls, Learner.Lessons lessons)
    {
        var groups = Groups(calls);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var start = 0; start + Shortest <= groups.Count; start++)
        {
            var sequence = groups[start].Name;
            var failed = groups[start].Failed;
            for (var length = Shortest; length <= Longest && start + length <= groups.Count; length++)
            {
                var group = groups[start + length - 1];
                sequence += " > " + group.Name;
                failed |= group.Failed;
                if (seen.Contains(sequence) || (seen.Count < MostSequences && seen.Add(sequence)))
                    lessons.Add(PatternKind.ToolSequence, Conditions.Always, sequence, failed, groups[start].Step);
            }
        }
    }

    private static List<(string Name, bool Failed, int Step)> Groups(List<Learner.Call> calls)
    {
        var groups = new List<(string, bool, int)>();
        for (var i = 0; i < calls.Count && groups.Count < MostGroups;)
        {
            var first = i;
            var failed = false;
            for (; i < calls.Count && calls[i].Tool == calls[first].Tool; i++)
                failed |= calls[i].IsError;
            groups.Add((ToolNames.Escape(calls[first].Tool) + (i - first > 1 ? "+" : ""), failed, calls[first].Step));
        }

        return groups;
    }
}
