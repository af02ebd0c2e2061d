namespace Afterwit;

/// <summary>Writes that go together: one transaction and one round trip for all of them. They take effect in the order of the properties.</summary>
public sealed record MemoryBatch
{
    /// <summary>Episodes to store, or to replace where they changed; finished ones are learned from. Of several with one id the last counts.</summary>
    public IReadOnlyList<Episode> Episodes { get; init; } = [];

    /// <summary>Embeddings to store; one that is there for the episode and model is replaced.</summary>
    public IReadOnlyList<Embedding> Embeddings { get; init; } = [];

    /// <summary>Edges to add, or to replace.</summary>
    public IReadOnlyList<Relationship> Relationships { get; init; } = [];

    /// <summary>Patterns to withdraw, or (false) to put back.</summary>
    public IReadOnlyList<KeyValuePair<PatternId, bool>> Retired { get; init; } = [];

    /// <summary>Edges to remove; only what they join and their kind counts.</summary>
    public IReadOnlyList<Relationship> Unrelated { get; init; } = [];

    /// <summary>Embeddings to remove: of which episode, by which model.</summary>
    public IReadOnlyList<KeyValuePair<EpisodeId, string>> RemovedEmbeddings { get; init; } = [];

    /// <summary>Episodes to forget, with all they taught.</summary>
    public IReadOnlyList<EpisodeId> Forgotten { get; init; } = [];
}

/// <summary>How a batch is written.</summary>
public sealed record BatchOptions
{
    /// <summary>The defaults.</summary>
    public static BatchOptions Default { get; } = new();

    /// <summary>
    /// True: all items or none, in one transaction. False: an item that cannot be written is left out and says why, and a batch over the limits of a transaction is split. Default true.
    /// </summary>
    public bool Atomic { get; init; } = true;

    /// <summary>Told how many items are done, after each transaction. Null when nobody listens.</summary>
    public IProgress<int>? Progress { get; init; }
}

/// <summary>What became of one item.</summary>
public enum BatchOutcome
{
    /// <summary>It was stored, or replaced because it changed.</summary>
    Stored,

    /// <summary>It was there already.</summary>
    Unchanged,

    /// <summary>It was removed.</summary>
    Removed,

    /// <summary>It was to be removed, and not there.</summary>
    NotFound,

    /// <summary>It was left out; the error says why.</summary>
    Failed,

    /// <summary>It could have been written, but another item of its atomic batch could not.</summary>
    NotWritten,
}

/// <summary>What became of one item.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Error">Why it was left out. Null when it was not.</param>
public readonly record struct BatchItem(BatchOutcome Outcome, string? Error = null)
{
    /// <summary>True for an episode of which the store knows that it was not there before.</summary>
    public bool IsNew { get; init; }
}

/// <summary>What became of a batch: for each list of it one of the same length and order.</summary>
public sealed record BatchResult
{
    /// <summary>Of <see cref="MemoryBatch.Episodes"/>.</summary>
    public required IReadOnlyList<BatchItem> Episodes { get; init; }

    /// <summary>Of <see cref="MemoryBatch.Embeddings"/>.</summary>
    public required IReadOnlyList<BatchItem> Embeddings { get; init; }

    /// <summary>Of <see cref="MemoryBatch.Relationships"/>.</summary>
    public required IReadOnlyList<BatchItem> Relationships { get; init; }

    /// <summary>Of <see cref="MemoryBatch.Retired"/>.</summary>
    public required IReadOnlyList<BatchItem> Retired { get; init; }

    /// <summary>Of <see cref="MemoryBatch.Unrelated"/>.</summary>
    public required IReadOnlyList<BatchItem> Unrelated { get; init; }

    /// <summary>Of <see cref="MemoryBatch.RemovedEmbeddings"/>.</summary>
    public required IReadOnlyList<BatchItem> RemovedEmbeddings { get; init; }

    /// <summary>Of <see cref="MemoryBatch.Forgotten"/>.</summary>
    public required IReadOnlyList<BatchItem> Forgotten { get; init; }
}

/// <summary>Nothing of an atomic batch was written, because of some of its items.</summary>
/// <param name="result">Which items, by position: those with <see cref="BatchOutcome.Failed"/>.</param>
public sealed class BatchException(BatchResult result) : AfterwitException(Describe(result))
{
    /// <summary>Which items, by position: those with <see cref="BatchOutcome.Failed"/>.</summary>
    public BatchResult Result { get; } = result;

    private static string Describe(BatchResult result)
    {
        (string Name, IReadOnlyList<BatchItem> Items)[] lists =
        [
            ("episodes", result.Episodes), ("embeddings", result.Embeddings), ("relationships", result.Relationships), ("retired", result.Retired),
            ("unrelated", result.Unrelated), ("removed_embeddings", result.RemovedEmbeddings), ("forgotten", result.Forgotten),
        ];
        var failed = lists.SelectMany(list => list.Items.Select((item, i) => (item.Outcome, Text: $"{list.Name}[{i}]: {item.Error}"))).Where(item => item.Outcome == BatchOutcome.Failed).ToList();
        var others = failed.Count > 1 ? $" The result names {failed.Count - 1} more." : "";
        return $"Nothing of the batch was written. {failed[0].Text}{others} Leave them out, or write with {nameof(BatchOptions.Atomic)} = false.";
    }
}
