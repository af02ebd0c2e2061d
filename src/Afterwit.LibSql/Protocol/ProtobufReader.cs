using System.Buffers.Binary;
using System.Text;

namespace Afterwit.LibSql.Protocol;

/// <summary>Reads the fields of one message. Whatever the bytes are, it gives a value or throws <see cref="HranaProtocolException"/>.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _wireType;

    /// <summary>The number of the field that was moved to.</summary>
    public int Field { get; private set; }

    /// <summary>How far the message has been read.</summary>
    public int Position { get; private set; }

    /// <summary>Moves to the next field. Its value has to be read or skipped before the next move.</summary>
    public bool Next()
    {
        if (Position >= _bytes.Length)
            return false;
        var tag = ReadRawVarint();
        (Field, _wireType) = ((int)(tag >> 3), (int)(tag & 7));
        return Field > 0 && tag <= uint.MaxValue ? true : throw Malformed("a field has no number");
    }

    public ulong ReadUInt64()
    {
        Expect(ProtobufWriter.Varint);
        return ReadRawVarint();
    }

    public int ReadInt32() => (int)ReadUInt64();

    public bool ReadBoolean() => ReadUInt64() != 0;

    public long ReadSInt64()
    {
        var value = ReadUInt64();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public double ReadDouble()
    {
        Expect(ProtobufWriter.Fixed64);
        return BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));
    }

    public ReadOnlySpan<byte> ReadBytes()
    {
        Expect(ProtobufWriter.Delimited);
        var length = ReadRawVarint();
        return length <= (ulong)(_bytes.Length - Position) ? Take((int)length) : throw Malformed("a field reaches past the end");
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    /// <summary>Passes over a field: a later server may send more than we know.</summary>
    public void Skip()
    {
        switch (_wireType)
        {
            case ProtobufWriter.Varint:
                ReadRawVarint();
                break;
            case ProtobufWriter.Fixed64:
                Take(8);
                break;
            case ProtobufWriter.Delimited:
                ReadBytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Malformed($"the wire type {_wireType} is not one of this protocol");
        }
    }

    private ulong ReadRawVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (Position >= _bytes.Length)
                throw Malformed("it ends inside a number");
            var next = _bytes[Position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Malformed("a number is longer than 64 bits");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_bytes.Length - Position < count)
            throw Malformed("a field reaches past the end");
        var taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }

    private readonly void Expect(int wireType)
    {
        if (_wireType != wireType)
            throw Malformed($"field {Field} has the wire type {_wireType}, not {wireType}");
    }

    private readonly HranaProtocolException Malformed(string what) => new($"The server's message is malformed at byte {Position}: {what}.");
}
