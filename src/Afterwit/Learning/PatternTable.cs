namespace Afterwit;

/// <summary>The patterns of one domain by what they apply to. Withdrawn ones are left out: nothing can use them.</summary>
internal sealed class PatternTable
{
    private static readonly List<Pattern> None = [];

    private readonly Dictionary<(PatternKind, string), List<Pattern>> _patterns = [];
    private readonly HashSet<string> _withdrawn = new(StringComparer.Ordinal);

    public PatternTable(IEnumerable<Pattern> patterns, string? domain)
    {
        foreach (var pattern in patterns)
        {
            if (!string.Equals(pattern.Domain, domain, StringComparison.Ordinal) || pattern.Support == 0)
                continue;
            if (pattern.IsRetired)
            {
                if (pattern is { Kind: PatternKind.DecisionPoint, Condition: Conditions.Always })
                    _withdrawn.Add(pattern.Action);
                continue;
            }

            if (!_patterns.TryGetValue((pattern.Kind, pattern.Condition), out var list))
                _patterns.Add((pattern.Kind, pattern.Condition), list = []);
            list.Add(pattern);
        }
    }

    /// <summary>True when no pattern is left.</summary>
    public bool IsEmpty => _patterns.Count == 0;

    /// <summary>The patterns under a condition.</summary>
    public List<Pattern> Under(PatternKind kind, string condition) => _patterns.GetValueOrDefault((kind, condition), None);

    /// <summary>One pattern.</summary>
    public Pattern? Find(PatternKind kind, string condition, string action) => Under(kind, condition).Find(p => p.Action == action);

    /// <summary>The pattern of an action under the most specific condition that is backed well enough; else the most specific one there is.</summary>
    public Pattern? MostSpecific(PatternKind kind, IReadOnlyList<string> generalToSpecific, string action)
    {
        var found = generalToSpecific.Reverse().Select(c => Find(kind, c, action)).OfType<Pattern>().ToList();
        return found.Find(p => p.State == PatternState.Active) ?? found.FirstOrDefault();
    }

    /// <summary>A person withdrew the action everywhere in the domain.</summary>
    public bool IsWithdrawn(string action) => _withdrawn.Contains(action);
}
