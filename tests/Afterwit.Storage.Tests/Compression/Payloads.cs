using System.Buffers.Binary;
using System.Text;

namespace Afterwit.Storage.Tests.Compression;

/// <summary>Bytes of every sort to compress.</summary>
internal static class Payloads
{
    private static readonly string[] Words = ["the order", "was refunded", "error:", "user id", "not found", "get_order_details", "{\"order_id\": \"#W", "ls -la", "SELECT name FROM", "agent", "7", "\n"];

    public static IEnumerable<byte[]> OfEverySort(int length)
    {
        var random = new Random(length);
        var noise = new byte[length];
        random.NextBytes(noise);
        var numbers = new byte[length];
        for (var i = 0; i + 4 <= length; i += 4)
            BinaryPrimitives.WriteInt32LittleEndian(numbers.AsSpan(i), i);
        yield return noise;
        yield return new byte[length];
        yield return numbers;
        yield return Text(random, length);
        yield return [.. Enumerable.Range(0, length).Select(i => (byte)(i % 3))];
        yield return [.. noise.AsSpan(0, length / 2), .. new byte[length - (length / 2)]];
    }

    /// <summary>Text of a small vocabulary.</summary>
    public static byte[] Text(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
            text.Append(Words[random.Next(Words.Length)]).Append(' ').Append(random.Next(100_000));
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    /// <summary>Records of one form, as a store holds them.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Records(int seed, int count, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (ReadOnlyMemory<byte>)Text(random, length))];
    }

    /// <summary>A copy with some bytes changed, cut off, added or moved.</summary>
    public static byte[] Mutate(Random random, byte[] original)
    {
        var mutated = (byte[])original.Clone();
        for (var changes = random.Next(1, 4); changes > 0 && mutated.Length > 0; changes--)
        {
            var at = random.Next(4) == 0 ? random.Next(Math.Min(mutated.Length, 12)) : random.Next(mutated.Length);
            switch (random.Next(6))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    mutated = mutated[..at];
                    break;
                case 3:
                    mutated = [.. mutated, .. mutated.AsSpan(at)];
                    break;
                case 4:
                    mutated[at] = byte.MaxValue;
                    break;
                default:
                    mutated = [.. mutated.AsSpan(0, at), (byte)random.Next(256), .. mutated.AsSpan(at)];
                    break;
            }
        }

        return mutated;
    }
}
