namespace Afterwit.Storage;

/// <summary>What is kept, and counted, apart. In the database, <see cref="Episode"/> and <see cref="Pattern"/> are numbers of hot items: never renumber them.</summary>
internal enum CacheKind
{
    /// <summary>Where a running episode belongs, for its writes; not counted among the reads.</summary>
    Place = 0,
    Episode = 1,
    Pattern = 2,
    Relationships = 3,
    Embedding = 4,
    Episodes = 5,
    Patterns = 6,
    Candidates = 7,
    Evidence = 8,
    Traces = 9,
    Graph = 10,
    Nearest = 11,
    Results = 12,
}

/// <summary>By what something is kept: an item by its id, a query by the canonical text of its arguments. Texts are compared by ordinal.</summary>
internal readonly record struct QueryKey(CacheKind Kind, Guid Id, string? Text = null) : IEquatable<QueryKey>
{
    /// <summary>How many kinds there are.</summary>
    public const int Kinds = (int)CacheKind.Results + 1;

    public static QueryKey Of(CacheKind kind, EpisodeId id) => new(kind, id.Value);

    public static QueryKey Of(PatternId id) => new(CacheKind.Pattern, new Guid((int)(id.Value >> 32), (short)(id.Value >> 16), (short)id.Value, 0, 0, 0, 0, 0, 0, 0, 0));

    /// <summary>The pattern that the key names.</summary>
    public PatternId PatternId => new(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(Id.ToByteArray(bigEndian: true)));

    public static QueryKey Of(CacheKind kind, KeyText text) => new(kind, Guid.Empty, text.ToString());

    public static QueryKey Of(EpisodeFilter filter) => Of(CacheKind.Episodes,
        new KeyText().Add(filter.Scope).Add(filter.Domain).Add((long?)filter.Status).Add(filter.Tag).Add(filter.Metadata?.Key).Add(filter.Metadata?.Value).Add(filter.Since).Add(filter.Until)
            .Add(filter.After?.StartedAt).Add(filter.After is { } after ? [after.Id] : (IReadOnlyCollection<EpisodeId>)[]).Add((long)filter.Limit));

    public static QueryKey Of(PatternFilter filter) => Of(CacheKind.Patterns,
        new KeyText().Add("list").Add(filter.Domain).Add((long?)filter.Kind).Add((long)filter.MinSupport).Add(filter.IncludeRetired ? 1L : 0).Add((long)filter.Limit));

    public static QueryKey Of(CandidateQuery query) => Of(CacheKind.Candidates,
        new KeyText().Add(query.Terms).Add(query.Tags).Add(query.Scope).Add(query.Domain).Add(query.IncludeFailed ? 1L : 0).Add(query.Since).Add(query.Until).Add((long)query.Episodes).Add(query.BySteps ? 1L : 0)
            .Add(query.Embedding?.Model).Add(query.Embedding?.Vector ?? default));

    public static QueryKey Of(GraphQuery query, EpisodeId? to = null) => Of(CacheKind.Graph,
        new KeyText().Add([query.From]).Add((long)query.Direction).Add([.. query.Kinds.Select(k => (long)k)]).Add((long)query.MaxHops).Add((long)query.Limit).Add(to is { } end ? [end] : (IReadOnlyCollection<EpisodeId>)[]));

    public static QueryKey Of(NearestQuery query) => Of(CacheKind.Nearest,
        new KeyText().Add(query.Embedding.Model).Add(query.Embedding.Vector).Add(query.Scope).Add(query.Domain)
            .Add(query.IncludeFailed ? 1L : 0).Add((long)query.Limit));

    public static QueryKey Of(ResultKey key) => Of(CacheKind.Results, new KeyText().Add(key.Kind).Add(key.Text));

    /// <summary>Ids are hashes or random in most of their bits: their own hash is enough.</summary>
    public override int GetHashCode() => Id.GetHashCode() ^ ((int)Kind * 0x2545F491) ^ (Text is null ? 0 : string.GetHashCode(Text, StringComparison.Ordinal));
}
