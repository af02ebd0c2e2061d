namespace Afterwit.LibSql;

/// <summary>Any failure of a libSQL server, of the way to it, or of its use. The message says what failed, with which value, and what to do.</summary>
public class LibSqlException : Exception
{
    /// <summary>An error without a message of its own.</summary>
    public LibSqlException() : this("The libSQL server failed.")
    {
    }

    /// <summary>An error that trying again may not mend.</summary>
    public LibSqlException(string message) : base(message)
    {
    }

    /// <summary>An error with its cause.</summary>
    public LibSqlException(string message, Exception? cause) : base(message, cause)
    {
    }

    /// <summary>True when the same call may succeed later.</summary>
    public virtual bool IsTransient => false;

    /// <summary>True when the server may have done the work although its answer did not come: repeat it only if it is safe to repeat.</summary>
    public bool OutcomeUnknown { get; init; }
}

/// <summary>The server ran the statement and refused it.</summary>
public sealed class LibSqlServerException(ServerError error) : LibSqlException(error.Message)
{
    /// <summary>The server's code, such as SQLITE_CONSTRAINT or SQL_PARSE_ERROR. Null when it has none.</summary>
    public string? Code => error.Code;

    /// <inheritdoc/>
    public override bool IsTransient => IsBusy || error.Code is "TRANSACTION_TIMEOUT";

    /// <summary>True when another writer held the database: nothing was done.</summary>
    internal bool IsBusy => error.IsBusy();
}

/// <summary>The server could not be reached, the connection broke, or the answer did not come in time.</summary>
public sealed class LibSqlConnectionException(string message, Exception? cause = null) : LibSqlException(message, cause)
{
    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>The server refused the token, or what it may do.</summary>
public sealed class LibSqlAuthenticationException(string message, Exception? cause = null) : LibSqlException(message, cause);

/// <summary>Every stream was in use for as long as a caller may wait.</summary>
public sealed class PoolExhaustedException(string message) : LibSqlException(message)
{
    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>What came from the server is no message of the protocol.</summary>
public sealed class HranaProtocolException(string message, Exception? cause = null) : LibSqlException(message, cause);

/// <summary>A statement of a unit of work changed another number of rows than it had to; the unit was undone.</summary>
public sealed class UnexpectedRowsException(int step, int expected, long actual) : LibSqlException($"Step {step} changed {actual} rows, not {expected}; the unit of work was undone.")
{
    /// <summary>The place of the statement in its unit.</summary>
    public int Step => step;

    /// <summary>How many rows it changed.</summary>
    public long Actual => actual;
}

/// <summary>What the codes and messages of the server mean to a client.</summary>
internal static class ServerErrors
{
    public static bool IsBusy(this ServerError error) =>
        error.Code is "SQLITE_BUSY" or "SQLITE_LOCKED" || (error.Code is "PROXY_ERROR" && error.Message.Contains("database is locked", StringComparison.Ordinal));
}
