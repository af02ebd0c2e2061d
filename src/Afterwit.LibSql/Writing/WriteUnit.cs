using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Writing;

/// <summary>What is kept whole, or not at all.</summary>
internal sealed class WriteUnit(IReadOnlyList<(BoundStatement Statement, int? ExpectedRows)> steps, bool safeToRepeat, Transport.Deadline deadline)
{
    public IReadOnlyList<(BoundStatement Statement, int? ExpectedRows)> Steps => steps;

    /// <summary>Whether it may be sent again when its answer was lost, although it may have been kept.</summary>
    public bool SafeToRepeat => safeToRepeat;

    public Transport.Deadline Deadline => deadline;

    /// <summary>About how large it is when it is sent.</summary>
    public long Bytes { get; } = steps.Sum(s => 64L + s.Statement.Prepared.Utf8.Length + s.Statement.Arguments.Sum(a => (long)a.Length));
}
