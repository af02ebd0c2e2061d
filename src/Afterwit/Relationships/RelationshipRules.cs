namespace Afterwit;

/// <summary>What may become an edge or a question about edges, and how it is cleaned on its way in.</summary>
internal static class RelationshipRules
{
    private const int MaxPriority = 1000;
    private const int MaxHops = 32;
    private const int MaxLimit = 10_000;

    /// <summary>An edge, checked and without credentials.</summary>
    public static Relationship Check(Relationship edge)
    {
        CheckKind(edge.Kind);
        if (edge.Priority is < -MaxPriority or > MaxPriority)
            throw new ArgumentException($"priority is {edge.Priority}: allowed is {-MaxPriority} to {MaxPriority}.");
        if (!(edge.Weight is > 0 and <= 1))
            throw new ArgumentException($"weight is {edge.Weight}: allowed is above 0, up to 1.");
        TextRules.Valid(edge.Note, "note");
        return edge with { Note = SecretRedactor.Redact(edge.Note), Metadata = EpisodeRules.Check(edge.Metadata) };
    }

    /// <summary>A query with limits within their ranges.</summary>
    public static void Check(GraphQuery query)
    {
        if (query.MaxHops is < 1 or > MaxHops)
            throw new ArgumentException($"max hops is {query.MaxHops}: allowed is 1 to {MaxHops}.");
        if (query.Limit is < 1 or > MaxLimit)
            throw new ArgumentException($"limit is {query.Limit}: allowed is 1 to {MaxLimit}.");
        if (query.Direction is not (EdgeDirection.Outgoing or EdgeDirection.Incoming or EdgeDirection.Both))
            throw new ArgumentException($"direction is {query.Direction}: allowed are Outgoing, Incoming and Both.");
        foreach (var kind in query.Kinds)
            CheckKind(kind);
    }

    private static void CheckKind(RelationshipKind kind)
    {
        if (!Enum.IsDefined(kind))
            throw new ArgumentException($"relationship kind is {kind}: allowed are {string.Join(", ", Enum.GetNames<RelationshipKind>())}.");
    }
}
