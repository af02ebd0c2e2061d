namespace Afterwit.Storage;

/// <summary>Reads of which nobody knows beforehand how much they bring: a server sends no more than 10 MB in one answer. All is asked for at once, and in halves only where that was too much.</summary>
internal static class LargeReads
{
    /// <summary>Reads what belongs to some items, in order. What is read in several parts is no snapshot.</summary>
    /// <param name="database">Where from.</param>
    /// <param name="items">What to read.</param>
    /// <param name="queries">The queries that read some of the items.</param>
    /// <param name="alone">Reads a single item that is too large. Null where none can be.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static async Task ReadInPartsAsync<T>(
        this IDatabase database, IReadOnlyList<T> items, Func<IReadOnlyList<T>, IEnumerable<Query>> queries, Func<T, Task>? alone, CancellationToken cancellationToken)
    {
        try
        {
            await database.ReadAsync([.. queries(items)], cancellationToken).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (LibSqlDatabase.IsTooLarge(e) && items.Count > 1)
        {
            var half = items.Count / 2;
            await database.ReadInPartsAsync([.. items.Take(half)], queries, alone, cancellationToken).ConfigureAwait(false);
            await database.ReadInPartsAsync([.. items.Skip(half)], queries, alone, cancellationToken).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (LibSqlDatabase.IsTooLarge(e) && items.Count == 1 && alone is not null)
        {
            await alone(items[0]).ConfigureAwait(false);
        }
    }
}
