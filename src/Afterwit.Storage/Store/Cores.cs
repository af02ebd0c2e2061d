namespace Afterwit.Storage;

/// <summary>Work on many items, with all cores when it is worth it.</summary>
internal static class Cores
{
    /// <summary>So few are done sooner than another core is woken.</summary>
    private const int Few = 8;

    /// <summary>The result for each item, in their order.</summary>
    public static TResult[] MapOverCores<T, TResult>(this IReadOnlyList<T> items, Func<T, TResult> map)
    {
        var results = new TResult[items.Count];
        if (items.Count < Few)
        {
            for (var i = 0; i < results.Length; i++)
                results[i] = map(items[i]);
        }
        else
        {
            Parallel.For(0, results.Length, i => results[i] = map(items[i]));
        }

        return results;
    }
}
