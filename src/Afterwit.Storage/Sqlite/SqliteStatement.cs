using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Afterwit.Storage;

/// <summary>
/// A prepared statement, spoken to without the driver's commands, parameters and readers: for a row of a bulk write they cost more than the engine's own work. It is also the
/// row that it stands on. Not thread-safe, like its connection.
/// </summary>
internal sealed class SqliteStatement : IRow, IDisposable
{
    /// <summary>Texts of up to so many characters go through a buffer that is kept.</summary>
    private const int Kept = 10_000;

    /// <summary>A value of more bytes is not kept bound until the next execution: a statement can wait for that for long.</summary>
    private const int Large = 64 << 10;

    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private byte[] _text = [];
    private int _bound;
    private bool _boundLarge;

    public SqliteStatement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Sql = sql;
        Check(raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        Columns = raw.sqlite3_column_count(_statement);
    }

    /// <summary>Its text.</summary>
    public string Sql { get; }

    /// <summary>How many columns its rows have; 0 for one that gives no rows.</summary>
    public int Columns { get; }

    /// <summary>Binds parameters ?1 to ?n; any behind them are NULL.</summary>
    public void Bind(SqlValue[] arguments)
    {
        if (arguments.Length < _bound)
            raw.sqlite3_clear_bindings(_statement);
        _bound = arguments.Length;
        for (var i = 0; i < arguments.Length; i++)
            Check(Bind(i + 1, arguments[i]));
    }

    /// <summary>Goes to the next row, or to the end. <see cref="Reset"/> has to follow, whatever happens.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            Check(code);
        return code == raw.SQLITE_ROW;
    }

    /// <summary>Makes it ready for another execution.</summary>
    public void Reset()
    {
        _ = raw.sqlite3_reset(_statement); // repeats the error of the step, which was thrown
        if (_boundLarge)
            raw.sqlite3_clear_bindings(_statement);
        _boundLarge = false;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(_statement, column);

    public double GetDouble(int column) => raw.sqlite3_column_double(_statement, column);

    /// <summary>As bytes, which text may be asked for: there is no other way to one that holds a NUL.</summary>
    public string GetString(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    public byte[] GetBlob(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public void Dispose() => _statement.Dispose();

    private int Bind(int parameter, SqlValue value)
    {
        switch (value.Type)
        {
            case SqlType.Integer:
                return raw.sqlite3_bind_int64(_statement, parameter, value.AsInt64());
            case SqlType.Real:
                return raw.sqlite3_bind_double(_statement, parameter, value.AsDouble());
            case SqlType.Text:
                var utf8 = value.AsUtf8() is { } given ? given : Utf8(value.AsString());
                _boundLarge |= utf8.Length > Large;
                return utf8.Length == 0 ? raw.sqlite3_bind_text(_statement, parameter, "") : raw.sqlite3_bind_text(_statement, parameter, utf8); // an empty span would be bound as NULL
            case SqlType.Blob:
                var blob = value.AsBlob();
                _boundLarge |= blob.Length > Large;
                return blob.Length > 0 ? raw.sqlite3_bind_blob(_statement, parameter, blob) : raw.sqlite3_bind_zeroblob(_statement, parameter, 0);
            default:
                return raw.sqlite3_bind_null(_statement, parameter);
        }
    }

    private ReadOnlySpan<byte> Utf8(string text)
    {
        if (text.Length > Kept)
            return Encoding.UTF8.GetBytes(text);
        if (_text.Length < text.Length * 3)
            _text = new byte[Math.Max(text.Length * 3, _text.Length * 2)];
        return _text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text));
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, _connection);
    }
}
