namespace Afterwit.LibSql;

/// <summary>A value on its way to a database: null, integer, real, text or bytes, without boxing.</summary>
public readonly struct SqlValue
{
    private readonly object? _reference;
    private readonly long _bits;

    private SqlValue(SqlType type, object? reference, long bits)
    {
        Type = type;
        _reference = reference;
        _bits = bits;
    }

    /// <summary>What it is.</summary>
    public SqlType Type { get; }

    /// <summary>The SQL null, and the default.</summary>
    public static SqlValue Null => default;

    /// <summary>The value as an object, for drivers that take one.</summary>
    public object AsObject() => Type switch
    {
        SqlType.Integer => _bits,
        SqlType.Real => BitConverter.Int64BitsToDouble(_bits),
        SqlType.Text or SqlType.Blob => _reference!,
        _ => DBNull.Value,
    };

    /// <summary>An integer.</summary>
    public static implicit operator SqlValue(long value) => new(SqlType.Integer, null, value);

    /// <summary>An integer, or null.</summary>
    public static implicit operator SqlValue(long? value) => value is { } v ? v : default(SqlValue);

    /// <summary>0 or 1.</summary>
    public static implicit operator SqlValue(bool value) => new(SqlType.Integer, null, value ? 1 : 0);

    /// <summary>A real number.</summary>
    public static implicit operator SqlValue(double value) => new(SqlType.Real, null, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A real number, or null.</summary>
    public static implicit operator SqlValue(double? value) => value is { } v ? v : default(SqlValue);

    /// <summary>Text, or null.</summary>
    public static implicit operator SqlValue(string? value) => value is null ? default : new(SqlType.Text, value, 0);

    /// <summary>Bytes, or null.</summary>
    public static implicit operator SqlValue(byte[]? value) => value is null ? default : new(SqlType.Blob, value, 0);

    /// <summary>An id, as its 16 bytes in the order in which it is written.</summary>
    public static implicit operator SqlValue(Guid id) => id.ToByteArray(bigEndian: true);

    /// <summary>A time, as milliseconds since 1970 in UTC.</summary>
    public static implicit operator SqlValue(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <summary>A time, as milliseconds since 1970 in UTC, or null.</summary>
    public static implicit operator SqlValue(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}

/// <summary>The five storage classes of SQLite.</summary>
public enum SqlType
{
    /// <summary>No value.</summary>
    Null = 0,

    /// <summary>A signed 64 bit integer.</summary>
    Integer,

    /// <summary>A double.</summary>
    Real,

    /// <summary>Unicode text.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Blob,
}
