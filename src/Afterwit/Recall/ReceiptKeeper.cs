namespace Afterwit;

/// <summary>Keeps receipts without making recalls wait: a read must not stand behind another process's write.</summary>
internal sealed class ReceiptKeeper(IMemoryStore store, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<(EpisodeId? Episode, Task Writing)> _pending = [];
    private long _lost;

    /// <summary>Receipts that could not be written.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>The result with a receipt, which is being written.</summary>
    public RecallResult Keep(RecallQuery query, RecallResult result)
    {
        var id = ReceiptId.New(time);
        var items = result.Hits.Select(h => new ReceiptItem(h.Type, h.Id, h.Score, h.Terms));
        var receipt = new Receipt(id, time.GetUtcNow().ToMilliseconds(), TextRules.Excerpt(SecretRedactor.Redact(query.Text), 2000), result.Tokens, [.. items]) { Episode = query.Episode };
        var writing = WriteAsync(receipt);
        lock (_lock)
        {
            _pending.RemoveAll(p => p.Writing.IsCompleted);
            _pending.Add((query.Episode, writing));
        }

        return result with { ReceiptId = id };
    }

    /// <summary>Checks feedback against its receipt, and keeps it.</summary>
    public async Task FeedbackAsync(Feedback feedback, CancellationToken cancellationToken)
    {
        await DrainAsync().ConfigureAwait(false);
        var receipt = await store.GetReceiptAsync(feedback.Receipt, cancellationToken).ConfigureAwait(false)
            ?? throw new NotFoundException($"There is no receipt {feedback.Receipt} in this memory: give the receipt_id of a recall.");
        foreach (var used in feedback.Used)
        {
            if (!receipt.Items.Any(item => item.Id == used))
                throw new ArgumentException($"'{TextRules.Excerpt(used, 60)}' is not among the {receipt.Items.Count} hits of receipt {feedback.Receipt}.");
        }

        await store.SaveFeedbackAsync(feedback, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until every receipt is written or lost.</summary>
    public Task DrainAsync()
    {
        lock (_lock)
            return Task.WhenAll(_pending.Select(p => p.Writing));
    }

    /// <summary>Waits until every receipt that is kept with one of the episodes is written or lost. Mostly there is none.</summary>
    public Task DrainAsync(IEnumerable<EpisodeId> episodes, CancellationToken cancellationToken)
    {
        lock (_lock)
            return _pending.Count == 0 ? Task.CompletedTask : Task.WhenAll(_pending.Where(p => p.Episode is { } of && episodes.Contains(of)).Select(p => p.Writing)).WaitAsync(cancellationToken);
    }

    private async Task WriteAsync(Receipt receipt)
    {
        try
        {
            await store.SaveReceiptAsync(receipt, CancellationToken.None).ConfigureAwait(false);
        }
        catch (AfterwitException)
        {
            Interlocked.Increment(ref _lost); // counted where an operator sees it; the recall itself was answered
        }
    }
}
