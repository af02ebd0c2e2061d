using System.Text;

namespace Afterwit.LibSql.Tests.Servers;

/// <summary>Protobuf by hand: messages as bytes, independent of the writer that is tested against what is captured with them.</summary>
internal static class Proto
{
    public static byte[] Message(params byte[][] fields) => [.. fields.SelectMany(f => f)];

    /// <summary>A field with a message or bytes.</summary>
    public static byte[] Field(int number, params byte[][] message)
    {
        var content = Message(message);
        return [.. Varint((ulong)(number << 3 | 2)), .. Varint((ulong)content.Length), .. content];
    }

    public static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    public static byte[] Field(int number, int value) => [.. Varint((ulong)(number << 3)), .. Varint((ulong)value)];

    public static byte[] Zigzag(int number, long value) => [.. Varint((ulong)(number << 3)), .. Varint((ulong)(value << 1 ^ value >> 63))];

    public static byte[] Field(int number, double value) => [.. Varint((ulong)(number << 3 | 1)), .. BitConverter.GetBytes(value)];

    public static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    /// <summary>A statement: arguments by position are values, by name pairs of a name and a value.</summary>
    public static byte[] Stmt(string sql, params byte[][] arguments) => Message([Field(1, sql), .. arguments, Field(5, 1)]);

    public static byte[] Argument(byte[] value) => Field(3, value);

    public static byte[] Argument(string name, byte[] value) => Field(4, Field(1, name), Field(2, value));

    public static byte[] Null() => Field(1, []);

    public static byte[] Integer(long value) => Zigzag(2, value);

    public static byte[] Real(double value) => Field(3, value);

    public static byte[] Text(string value) => Field(4, value);

    public static byte[] Blob(params byte[] value) => Field(5, value);

    public static byte[] Step(byte[]? condition, string sql) =>
        condition is null ? Field(1, Field(2, Stmt(sql))) : Field(1, Field(1, condition), Field(2, Stmt(sql)));

    public static byte[] IsOk(int step) => Field(1, step);

    public static byte[] IsError(int step) => Field(2, step);

    public static byte[] Not(byte[] condition) => Field(3, condition);

    public static byte[] And(params byte[][] conditions) => Field(4, [.. conditions.Select(c => Field(1, c))]);

    public static byte[] Or(params byte[][] conditions) => Field(5, [.. conditions.Select(c => Field(1, c))]);

    public static byte[] IsAutocommit() => Field(6, []);
}
