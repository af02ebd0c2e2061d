namespace Afterwit.Storage.Tests.Compression;

/// <summary>Any bytes give a payload or an error, and never more memory than the limit.</summary>
public sealed class PayloadDamageTests
{
    private const int Tries = 120_000;

    [Theory]
    [InlineData(PayloadCodecKind.None, false)]
    [InlineData(PayloadCodecKind.Lz4, false)]
    [InlineData(PayloadCodecKind.Zstd, false)]
    [InlineData(PayloadCodecKind.Zstd, true)]
    [InlineData(PayloadCodecKind.Gzip, false)]
    [InlineData(PayloadCodecKind.Brotli, false)]
    public void Changed_bytes_give_a_payload_or_an_error(PayloadCodecKind kind, bool dictionary)
    {
        using var codec = new PayloadCodec(new() { Episodes = kind, Threshold = 0 });
        if (dictionary)
            codec.AddDictionary(1, PayloadKind.Episode, ZstdDictionary.Train(Payloads.Records(1, 300, 1_000), 8_192)!, current: true);
        var random = new Random(7);
        byte[][] originals = [.. new[] { 40, 300, 1_500 }.SelectMany(Payloads.OfEverySort).Select(payload => codec.Encode(PayloadKind.Episode, payload))];
        var (read, refused) = (0, 0);
        for (var i = 0; i < Tries; i++)
        {
            var mutated = Payloads.Mutate(random, originals[i % originals.Length]);
            try
            {
                codec.Decode(PayloadKind.Episode, mutated);
                read++;
            }
            catch (DatabaseException)
            {
                refused++;
            }
        }

        Assert.True(read > 0 && refused > Tries / 100, $"{kind}: {read} read, {refused} refused");
    }

    [Fact]
    public void Bytes_of_chance_give_a_payload_or_an_error()
    {
        using var codec = new PayloadCodec(new());
        var random = new Random(8);
        for (var i = 0; i < Tries; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            if (bytes.Length > 0)
                bytes[0] %= 5;
            var error = Record.Exception(() => codec.Decode(PayloadKind.Episode, bytes));
            Assert.True(error is null or DatabaseException, error?.ToString());
        }
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("80", "no codec")]
    [InlineData("05", "later release")]
    [InlineData("12", "later release")]
    [InlineData("8100", "dictionary has no valid number")]
    [InlineData("8200", "dictionary has no valid number")]
    [InlineData("01", "length must be")]
    [InlineData("0100", "length must be")]
    [InlineData("0181808020AA", "length must be")]
    [InlineData("04FFFFFFFF07AA", "length must be")]
    [InlineData("03FFFFFFFFFFFFAA", "length must be")]
    [InlineData("020A00", "Restore a backup")]
    public void A_wrong_header_is_refused_without_taking_memory(string stored, string expected)
    {
        using var codec = new PayloadCodec(new());
        var bytes = Convert.FromHexString(stored);
        Assert.Contains(expected, Assert.Throws<DatabaseException>(() => codec.Decode(PayloadKind.Episode, bytes)).Message, StringComparison.Ordinal);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DatabaseException>(() => codec.Decode(PayloadKind.Episode, bytes));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory]
    [InlineData(PayloadCodecKind.Lz4)]
    [InlineData(PayloadCodecKind.Zstd)]
    [InlineData(PayloadCodecKind.Gzip)]
    [InlineData(PayloadCodecKind.Brotli)]
    public void A_length_that_is_not_what_comes_out_is_refused(PayloadCodecKind kind)
    {
        using var codec = new PayloadCodec(new() { Episodes = kind });
        var stored = codec.Encode(PayloadKind.Episode, new byte[2_000]);
        Assert.Equal([(byte)kind, 0xD0, 0x0F], stored[..3]);
        foreach (var low in new byte[] { 0xCF, 0xD1 })
        {
            stored[1] = low;
            Assert.Throws<DatabaseException>(() => codec.Decode(PayloadKind.Episode, stored));
        }
    }
}
