using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Writing;

/// <summary>What is kept whole, or not at all.</summary>
internal sealed class WriteUnit
{
    /// <summary>A larger unit goes in several messages: the server takes messages of up to 64 MiB, and a character becomes up to three bytes.</summary>
    private const long MaxMessage = 20 << 20;

    /// <summary>So much of it goes in each.</summary>
    public const long Part = 4 << 20;

    /// <summary>A unit.</summary>
    /// <param name="steps">Its statements, in order.</param>
    /// <param name="safeToRepeat">As of <see cref="SafeToRepeat"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="timeout">How long it may take; each of several messages may take so long.</param>
    public WriteUnit(IReadOnlyList<(BoundStatement Statement, int? ExpectedRows)> steps, bool safeToRepeat, TimeProvider time, TimeSpan timeout)
    {
        (Steps, SafeToRepeat, Bytes) = (steps, safeToRepeat, steps.Sum(s => s.Statement.Bytes));
        Deadline = new(time, IsLarge ? timeout * (1 + (Bytes / Part)) : timeout);
    }

    public IReadOnlyList<(BoundStatement Statement, int? ExpectedRows)> Steps { get; }

    /// <summary>Whether it may be sent again when its answer was lost, although it may have been kept.</summary>
    public bool SafeToRepeat { get; }

    public Transport.Deadline Deadline { get; }

    /// <summary>About how large it is when it is sent.</summary>
    public long Bytes { get; }

    /// <summary>Whether it goes in several messages, all in one transaction.</summary>
    public bool IsLarge => Bytes > MaxMessage;
}
