namespace Afterwit;

/// <summary>What a recall may return.</summary>
[Flags]
public enum RecallTypes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Past episodes, each with its best step.</summary>
    Episode = 1,

    /// <summary>Single steps, such as the message in which something was said.</summary>
    Step = 2,

    /// <summary>Lessons that the recalled episodes are evidence of.</summary>
    Pattern = 4,

    /// <summary>A way to do the task.</summary>
    Playbook = 8,
}

/// <summary>What to look for in the memory.</summary>
public sealed record RecallQuery
{
    /// <summary>The task at hand or a question, in any words. Nothing in it is a query language.</summary>
    public required string Text { get; init; }

    /// <summary>
    /// The text as a vector of the model that the stored embeddings are from: what means the same ranks higher, whatever its words. Null (the default) goes by words alone.
    /// </summary>
    public QueryEmbedding? Embedding { get; init; }

    /// <summary>What to return. Default: episodes.</summary>
    public RecallTypes Types { get; init; } = RecallTypes.Episode;

    /// <summary>To whom the memories have to belong: each value that is set must be equal.</summary>
    public Scope Scope { get; init; } = Scope.Any;

    /// <summary>The circumstances of the task: what shares them ranks higher. Nothing is excluded by them.</summary>
    public EpisodeContext Context { get; init; } = EpisodeContext.None;

    /// <summary>With episodes that failed; they rank lower. Default false: a failed run is a warning, which advice gives, not an example.</summary>
    public bool IncludeFailed { get; init; }

    /// <summary>Started at or after.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>At most so many hits, 1 to 1,000. Default 10.</summary>
    public int Limit { get; init; } = 10;

    /// <summary>At most so many tokens for all hits together, estimated at four characters each. Null means no budget.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>
    /// The episode that it is asked for: its receipt is kept with it, which shows what was recalled for an episode and what the memory is worth. It changes nothing of the answer, and
    /// need not be known: an id that names no episode is kept as it is. Default null.
    /// </summary>
    public EpisodeId? Episode { get; init; }

    /// <summary>Keep a receipt, which feedback can refer to. Default true.</summary>
    public bool KeepReceipt { get; init; } = true;
}
