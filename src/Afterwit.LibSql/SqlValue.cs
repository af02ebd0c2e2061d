using System.Text;

namespace Afterwit.LibSql;

/// <summary>A value on its way to or from a database: null, integer, real, text or bytes, without boxing.</summary>
public readonly struct SqlValue : IEquatable<SqlValue>
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

    /// <summary>True for the SQL null.</summary>
    public bool IsNull => Type == SqlType.Null;

    /// <summary>Text that is UTF-8 already: sent as it is.</summary>
    public static SqlValue Utf8Text(byte[] utf8) => new(SqlType.Text, utf8, 0);

    /// <summary>The integer.</summary>
    /// <exception cref="InvalidCastException">It is none.</exception>
    public long AsInt64() => Type == SqlType.Integer ? _bits : throw Mismatch(SqlType.Integer);

    /// <summary>The real number; an integer is widened.</summary>
    /// <exception cref="InvalidCastException">It is no number.</exception>
    public double AsDouble() => Type switch
    {
        SqlType.Real => BitConverter.Int64BitsToDouble(_bits),
        SqlType.Integer => _bits,
        _ => throw Mismatch(SqlType.Real),
    };

    /// <summary>The text.</summary>
    /// <exception cref="InvalidCastException">It is none.</exception>
    public string AsString() => Type != SqlType.Text ? throw Mismatch(SqlType.Text) : _reference as string ?? Encoding.UTF8.GetString((byte[])_reference!);

    /// <summary>The bytes. Not copied.</summary>
    /// <exception cref="InvalidCastException">They are none.</exception>
    public byte[] AsBlob() => Type == SqlType.Blob ? (byte[])_reference! : throw Mismatch(SqlType.Blob);

    /// <summary>The value as an object, for drivers that take one.</summary>
    public object AsObject() => Type switch
    {
        SqlType.Integer => _bits,
        SqlType.Real => BitConverter.Int64BitsToDouble(_bits),
        SqlType.Text => AsString(),
        SqlType.Blob => _reference!,
        _ => DBNull.Value,
    };

    /// <inheritdoc/>
    public override string ToString() => Type switch
    {
        SqlType.Null => "NULL",
        SqlType.Blob => $"{AsBlob().Length} bytes",
        _ => Convert.ToString(AsObject(), System.Globalization.CultureInfo.InvariantCulture)!,
    };

    /// <inheritdoc/>
    public bool Equals(SqlValue other) => Type == other.Type && Type switch
    {
        SqlType.Text => AsString() == other.AsString(),
        SqlType.Blob => AsBlob().AsSpan().SequenceEqual(other.AsBlob()),
        _ => _bits == other._bits,
    };

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SqlValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Type switch
    {
        SqlType.Text => AsString().GetHashCode(StringComparison.Ordinal),
        SqlType.Blob => AsBlob().Length,
        _ => _bits.GetHashCode(),
    };

    /// <summary>Whether two values are of the same type and content.</summary>
    public static bool operator ==(SqlValue left, SqlValue right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(SqlValue left, SqlValue right) => !left.Equals(right);

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

    /// <summary>About how many bytes it takes on its way, when these are many.</summary>
    internal int Length => _reference switch
    {
        string text => text.Length,
        byte[] bytes => bytes.Length,
        _ => 0,
    };

    /// <summary>The text as UTF-8, when it was given so.</summary>
    internal byte[]? AsUtf8() => _reference as byte[];

    private InvalidCastException Mismatch(SqlType wanted) => new($"The value is {Type}, not {wanted}.");
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
