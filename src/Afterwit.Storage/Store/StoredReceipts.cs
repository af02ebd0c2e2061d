namespace Afterwit.Storage;

/// <summary>Receipts with their items, put together from the rows of <see cref="ReceiptCommands"/>.</summary>
internal sealed class StoredReceipts
{
    private readonly List<(Receipt Head, bool? Success)> _heads = [];
    private readonly Dictionary<ReceiptId, (List<ReceiptItem> Items, List<string> Used)> _items = [];

    /// <summary>The receipts in the order in which they were read.</summary>
    public IEnumerable<Receipt> All => _heads.Select(r => Of(r.Head.Id) is var (items, used) && r.Success is { } success
        ? r.Head with { Items = items, Feedback = new(r.Head.Id, success, used) }
        : r.Head with { Items = items });

    public void Add(IRow row) => _heads.Add((
        new(Id(row), EpisodeQueries.Time(row, 1)!.Value, row.GetString(2), (int)row.GetInt64(3), []) { Episode = row.IsNull(4) ? null : EpisodeQueries.Id(row, 4) },
        row.IsNull(5) ? null : row.GetInt64(5) != 0));

    public void AddItem(IRow row, string? title)
    {
        var (items, used) = Of(Id(row));
        items.Add(new((RecallTypes)row.GetInt64(1), row.GetString(2), row.GetDouble(3), StoreJson.Read(row.GetString(4), StoreJson.Default.IReadOnlyListScoreTerm) ?? []) { Title = title });
        if (row.GetInt64(5) != 0)
            used.Add(items[^1].Id);
    }

    private static ReceiptId Id(IRow row) => new(EpisodeQueries.Id(row, 0).Value);

    private (List<ReceiptItem> Items, List<string> Used) Of(ReceiptId id)
    {
        if (!_items.TryGetValue(id, out var found))
            _items[id] = found = ([], []);
        return found;
    }
}
