namespace Afterwit.LibSql.Protocol;

/// <summary>What can be asked of a stream. The numbers are those of the fields in a WebSocket message; their answers have the same.</summary>
internal enum RequestKind
{
    OpenStream = 2,
    CloseStream = 3,
    Execute = 4,
    Batch = 5,
    OpenCursor = 6,
    CloseCursor = 7,
    FetchCursor = 8,
    Sequence = 9,
    Describe = 10,
    StoreSql = 11,
    CloseSql = 12,
    GetAutocommit = 13,
}

/// <summary>A statement with its arguments, ready to be sent.</summary>
/// <param name="Prepared">What is known of its text.</param>
/// <param name="Arguments">The values.</param>
/// <param name="Names">The names of the values; null when they are positional.</param>
/// <param name="SqlId">Where the server keeps the text; 0 sends the text.</param>
internal readonly record struct BoundStatement(PreparedStatement Prepared, IReadOnlyList<SqlValue> Arguments, IReadOnlyList<string>? Names = null, int SqlId = 0)
{
    /// <summary>About how many bytes its large values take.</summary>
    public long Length
    {
        get
        {
            var length = 0L;
            for (var i = 0; i < Arguments.Count; i++)
                length += Arguments[i].Length;
            return length;
        }
    }

    /// <summary>About how many bytes it takes in a message.</summary>
    public long Bytes => 64 + Prepared.Utf8.Length + Length;
}

/// <summary>A step of a batch, ready to be sent.</summary>
internal readonly record struct BoundStep(BoundStatement Statement, BatchCondition? Condition);

/// <summary>A request, whatever way it is sent.</summary>
internal readonly record struct HranaRequest(RequestKind Kind)
{
    /// <summary>Of an execution; of a sequence, a description and a text to store, its text alone.</summary>
    public BoundStatement Statement { get; init; }

    /// <summary>Of a batch or a cursor.</summary>
    public IReadOnlyList<BoundStep>? Steps { get; init; }

    /// <summary>Of a cursor, or of a stored text.</summary>
    public int Id { get; init; }

    /// <summary>The most entries of a cursor to send back.</summary>
    public int MaxCount { get; init; }

    /// <summary>The server answers only once it has come this far in its log.</summary>
    public ulong? ReplicationIndex { get; init; }

    /// <summary>About how many bytes its large values take.</summary>
    public long Length => Steps is null ? Statement.Arguments is null ? 0 : Statement.Length : Steps.Sum(s => s.Statement.Length);

    public static HranaRequest Execute(in BoundStatement statement, ulong? replicationIndex = null) => new(RequestKind.Execute) { Statement = statement, ReplicationIndex = replicationIndex };

    public static HranaRequest Batch(IReadOnlyList<BoundStep> steps, ulong? replicationIndex = null) => new(RequestKind.Batch) { Steps = steps, ReplicationIndex = replicationIndex };

    public static HranaRequest Describe(PreparedStatement sql) => new(RequestKind.Describe) { Statement = new(sql, []) };

    public static HranaRequest Sequence(PreparedStatement script) => new(RequestKind.Sequence) { Statement = new(script, []) };
}

/// <summary>The answer to a request: a result of its kind, or an error.</summary>
/// <param name="Kind">What was asked.</param>
/// <param name="Payload">A <see cref="ResultSet"/>, <see cref="BatchResult"/>, <see cref="StatementDescription"/> or <see cref="CursorPage"/>; null where there is nothing to tell.</param>
/// <param name="Error">Why it was refused.</param>
/// <param name="IsAutocommit">Whether no transaction is open, when that was asked.</param>
internal readonly record struct HranaResponse(RequestKind Kind, object? Payload = null, ServerError? Error = null, bool IsAutocommit = false)
{
    /// <summary>The result of the kind that was asked for.</summary>
    /// <exception cref="LibSqlServerException">The server refused.</exception>
    public T Get<T>() where T : class => Error is not null ? throw new LibSqlServerException(Error) : Payload as T ?? throw new HranaProtocolException($"The server answered {Kind} without a {typeof(T).Name}.");
}

/// <summary>What a cursor tells next.</summary>
internal enum CursorEntryKind
{
    StepBegin = 1,
    StepEnd = 2,
    StepError = 3,
    Row = 4,
    Error = 5,
    ReplicationIndex = 6,
}

/// <summary>An entry of a cursor.</summary>
internal readonly record struct CursorEntry(CursorEntryKind Kind, int Step = 0, ResultColumns? Columns = null, SqlValue[]? Row = null, ServerError? Error = null, ulong ReplicationIndex = 0);

/// <summary>Entries of a cursor, and whether they were the last.</summary>
internal sealed record CursorPage(IReadOnlyList<CursorEntry> Entries, bool IsLast);
