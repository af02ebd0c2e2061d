using System.Diagnostics.CodeAnalysis;

namespace Afterwit;

/// <summary>The identity of a receipt.</summary>
public readonly record struct ReceiptId(Guid Value)
{
    /// <summary>Makes a new id.</summary>
    public static ReceiptId New(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new(Guid.CreateVersion7(time.GetUtcNow()));
    }

    /// <summary>Reads an id as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ReceiptId id)
    {
        id = default;
        if (text is not ['r', .. var digits] || !Guid.TryParseExact(digits, "N", out var value))
            return false;
        id = new(value);
        return true;
    }

    /// <summary>Reads an id as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="ArgumentException">The text is not an id.</exception>
    public static ReceiptId Parse(string? text) =>
        TryParse(text, out var id)
            ? id
            : throw new ArgumentException($"'{TextRules.Excerpt(text, 60)}' is not a receipt id: expected r and 32 hexadecimal digits, as a recall gives it in receipt_id.");

    /// <summary>The letter r and 32 hexadecimal digits.</summary>
    public override string ToString() => $"r{Value:N}";
}

/// <summary>One hit of a receipt.</summary>
public sealed record ReceiptItem(RecallTypes Type, string Id, double Score, IReadOnlyList<ScoreTerm> Terms)
{
    /// <summary>The task of the episode that it is, or is a step of, in up to 200 characters. Filled where the receipts of an episode are read, as long as that episode is there.</summary>
    public string? Title { get; init; }
}

/// <summary>What a recall returned, why, and what it cost: feedback refers to it.</summary>
/// <param name="Id">The identity.</param>
/// <param name="At">When.</param>
/// <param name="Query">What was asked.</param>
/// <param name="Tokens">What the answer cost.</param>
/// <param name="Items">What was returned, best first.</param>
public sealed record Receipt(ReceiptId Id, DateTimeOffset At, string Query, int Tokens, IReadOnlyList<ReceiptItem> Items)
{
    /// <summary>The episode that it was asked for, as the caller named it: there may be none of this id. Null when the caller named none.</summary>
    public EpisodeId? Episode { get; init; }

    /// <summary>What came of it. Null as long as nobody said so. Given by <see cref="IMemoryStore.SaveFeedbackAsync"/>: saving a receipt leaves it out.</summary>
    public Feedback? Feedback { get; init; }
}

/// <summary>What came of a recall.</summary>
/// <param name="Receipt">Which recall.</param>
/// <param name="Success">Whether the task was done.</param>
/// <param name="Used">The ids of the hits that were used; each must be in the receipt.</param>
public sealed record Feedback(ReceiptId Receipt, bool Success, IReadOnlyList<string> Used);
