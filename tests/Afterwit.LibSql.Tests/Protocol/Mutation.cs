namespace Afterwit.LibSql.Tests.Protocol;

/// <summary>Real messages, changed at random: each gives a value or an error of the protocol, and nothing else.</summary>
internal static class Mutation
{
    /// <summary>Reads so many changed copies of a message; the same ones in every run.</summary>
    public static void Check(string name, byte[] original, int rounds, Action<byte[]> read)
    {
        var random = new Random(name.Length);
        var (good, refused) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var mutated = Change(original, random);
            try
            {
                read(mutated);
                good++;
            }
            catch (HranaProtocolException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}, {Convert.ToHexString(mutated)}: {e}");
            }
        }

        Assert.True(good > 0 && refused > 0, $"{name}: {good} read, {refused} refused");
    }

    private static byte[] Change(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = "0\"{}[],:-\\e\u007f"u8[random.Next(12)];
                    break;
                case 3 when at > 0:
                    bytes = bytes[..at];
                    break;
                case 4:
                    bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 20))..], 0];
                    break;
                default:
                    bytes = [.. bytes[..at], .. bytes.AsSpan(at, Math.Min(bytes.Length - at, random.Next(1, 20))), .. bytes[at..]];
                    break;
            }
        }

        return bytes;
    }
}
