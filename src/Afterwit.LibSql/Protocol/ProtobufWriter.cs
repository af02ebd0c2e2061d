using System.Buffers.Binary;
using System.Text;

namespace Afterwit.LibSql.Protocol;

/// <summary>The wire format of Protocol Buffers, as far as Hrana uses it (https://protobuf.dev/programming-guides/encoding/): written straight into the buffer.</summary>
internal static class ProtobufWriter
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int Delimited = 2;

    /// <summary>Messages of so many bytes are not moved for the sake of their length.</summary>
    private const int Large = 64 << 10;

    /// <summary>Begins a message inside another one. Its length is put in front when it ends, in as many bytes as it takes.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="field">The number of its field.</param>
    /// <param name="expected">About how long it will be: a large one gets the place for its length at once, so that it need not be moved.</param>
    public static (int Start, int Reserved) Begin(this PooledBuffer buffer, int field, long expected = 0)
    {
        buffer.WriteTag(field, Delimited);
        var start = buffer.Length;
        if (expected >= Large)
            buffer.WriteVarint((ulong)expected);
        return (start, buffer.Length - start);
    }

    public static void End(this PooledBuffer buffer, (int Start, int Reserved) message)
    {
        var (start, reserved) = message;
        Span<byte> prefix = stackalloc byte[5];
        var size = Put(prefix, (uint)(buffer.Length - start - reserved));
        if (size != reserved)
            buffer.Resize(start, reserved, size);
        buffer.Overwrite(start, prefix[..size]);
    }

    public static void WriteUInt64(this PooledBuffer buffer, int field, ulong value)
    {
        buffer.WriteTag(field, Varint);
        buffer.WriteVarint(value);
    }

    public static void WriteInt32(this PooledBuffer buffer, int field, int value) => buffer.WriteUInt64(field, (ulong)(long)value);

    /// <summary>A signed integer, zigzag: small negatives stay short.</summary>
    public static void WriteSInt64(this PooledBuffer buffer, int field, long value) => buffer.WriteUInt64(field, (ulong)((value << 1) ^ (value >> 63)));

    public static void WriteDouble(this PooledBuffer buffer, int field, double value)
    {
        buffer.WriteTag(field, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(sizeof(double)), value);
        buffer.Advance(sizeof(double));
    }

    public static void WriteBytes(this PooledBuffer buffer, int field, ReadOnlySpan<byte> value)
    {
        buffer.WriteTag(field, Delimited);
        buffer.WriteVarint((uint)value.Length);
        value.CopyTo(buffer.GetSpan(value.Length));
        buffer.Advance(value.Length);
    }

    /// <summary>Text as UTF-8. A lone surrogate, which no UTF-8 has, becomes U+FFFD.</summary>
    public static void WriteString(this PooledBuffer buffer, int field, string value)
    {
        buffer.WriteTag(field, Delimited);
        buffer.WriteVarint((uint)Encoding.UTF8.GetByteCount(value));
        buffer.Advance(Encoding.UTF8.GetBytes(value, buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length))));
    }

    /// <summary>A message without content: present, which is all it says.</summary>
    public static void WriteEmpty(this PooledBuffer buffer, int field)
    {
        buffer.WriteTag(field, Delimited);
        buffer.Write(0);
    }

    public static void WriteVarint(this PooledBuffer buffer, ulong value) => buffer.Advance(Put(buffer.GetSpan(10), value));

    private static void WriteTag(this PooledBuffer buffer, int field, int wireType) => buffer.WriteVarint((uint)((field << 3) | wireType));

    private static int Put(Span<byte> target, ulong value)
    {
        var size = 0;
        for (; value >= 0x80; value >>= 7)
            target[size++] = (byte)(value | 0x80);
        target[size++] = (byte)value;
        return size;
    }
}
