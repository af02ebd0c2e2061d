namespace Afterwit.Cli.Terminal;

/// <summary>Finds the name that a mistyped one was meant to be.</summary>
internal static class Nearest
{
    /// <summary>The nearest name, or null when none is near: at most a third of the letters differ.</summary>
    public static string? Of(string typed, IEnumerable<string> names) =>
        names.Select(name => (Name: name, Distance: Distance(typed.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(n => n.Distance <= Math.Max(1, n.Name.Length / 3) || (typed.Length >= 3 && n.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(n => n.Distance)
            .Select(n => n.Name)
            .FirstOrDefault();

    /// <summary>" Did you mean X?", or nothing.</summary>
    public static string Hint(string typed, IEnumerable<string> names) => Of(typed, names) is { } name ? $" Did you mean {name}?" : "";

    // Restricted edit distance: insert, remove, change, and swap of neighbours cost 1.
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > Math.Max(a.Length, b.Length) / 2)
            return int.MaxValue;
        var (before, previous, current) = (new int[b.Length + 1], Enumerable.Range(0, b.Length + 1).ToArray(), new int[b.Length + 1]);
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
            }

            (before, previous, current) = (previous, current, before);
        }

        return previous[b.Length];
    }
}
