namespace Afterwit;

/// <summary>What of a batch may enter the memory: every item is checked and cleaned as the call for a single one does it.</summary>
internal sealed class BatchRules
{
    private readonly Sifted<Episode> _episodes;
    private readonly Sifted<Embedding> _embeddings;
    private readonly Sifted<Relationship> _relationships;

    private BatchRules(MemoryBatch batch)
    {
        _episodes = new(batch.Episodes, EpisodeRules.CheckWhole);
        _embeddings = new(batch.Embeddings, embedding =>
        {
            embedding.Validate();
            return embedding;
        });
        _relationships = new(batch.Relationships, RelationshipRules.Check);
        Clean = batch with { Episodes = _episodes.Kept, Embeddings = _embeddings.Kept, Relationships = _relationships.Kept };
        if ((_episodes.FirstError ?? _embeddings.FirstError ?? _relationships.FirstError) is not null)
            Failures = AllOthers(new(BatchOutcome.NotWritten));
    }

    /// <summary>What may be written.</summary>
    public MemoryBatch Clean { get; }

    /// <summary>What may not, by position. Null when everything may.</summary>
    public BatchResult? Failures { get; }

    public static BatchRules Check(MemoryBatch batch) => new(batch);

    /// <summary>What became of the whole batch, from what became of what was written.</summary>
    public BatchResult Place(BatchResult written) => Failures is null ? written : written with
    {
        Episodes = _episodes.Place(i => written.Episodes[i]),
        Embeddings = _embeddings.Place(i => written.Embeddings[i]),
        Relationships = _relationships.Place(i => written.Relationships[i]),
    };

    private BatchResult AllOthers(BatchItem item) => new()
    {
        Episodes = _episodes.Place(_ => item),
        Embeddings = _embeddings.Place(_ => item),
        Relationships = _relationships.Place(_ => item),
        Retired = [.. Clean.Retired.Select(_ => item)],
        Unrelated = [.. Clean.Unrelated.Select(_ => item)],
        RemovedEmbeddings = [.. Clean.RemovedEmbeddings.Select(_ => item)],
        Forgotten = [.. Clean.Forgotten.Select(_ => item)],
    };
}
