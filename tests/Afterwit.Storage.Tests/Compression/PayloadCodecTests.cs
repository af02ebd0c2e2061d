using System.Runtime.InteropServices;

namespace Afterwit.Storage.Tests.Compression;

public sealed class PayloadCodecTests
{
    public static TheoryData<PayloadCodecKind> Codecs => [.. Enum.GetValues<PayloadCodecKind>()];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Every_payload_comes_back(PayloadCodecKind kind)
    {
        using var codec = new PayloadCodec(new() { Episodes = kind, Threshold = 0 });
        Assert.Equal(new(kind, null), codec.Effective(PayloadKind.Episode));
        int[] sizes = [0, 1, 2, 3, 5, 12, 13, 64, 127, 128, 255, 256, 1_000, 1_024, 4_095, 16_383, 16_384, 65_535, 65_536, 70_000, 300_000, 1 << 20];
        foreach (var payload in sizes.SelectMany(Payloads.OfEverySort))
        {
            var stored = codec.Encode(PayloadKind.Episode, payload);
            Assert.Equal(payload, codec.Decode(PayloadKind.Episode, stored));
            Assert.True(stored.Length <= payload.Length + 1);
            Assert.True(stored[0] == (byte)kind ? stored.Length <= payload.Length || kind == PayloadCodecKind.None : stored[0] == 0, $"header {stored[0]} of {kind}");
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Only_what_gets_smaller_is_compressed(PayloadCodecKind kind)
    {
        using var codec = new PayloadCodec(new() { Embeddings = kind });
        var noise = Payloads.OfEverySort(20_000).First();
        Assert.Equal([0, .. noise], codec.Encode(PayloadKind.Embedding, noise));
        var text = Payloads.Text(new(1), 20_000);
        var stored = codec.Encode(PayloadKind.Embedding, text);
        Assert.Equal((byte)kind, stored[0]);
        Assert.True(kind == PayloadCodecKind.None || stored.Length < text.Length * 0.6, $"{kind}: {stored.Length}");
    }

    [Fact]
    public void A_payload_is_compressed_from_the_threshold_on()
    {
        using var codec = new PayloadCodec(new() { Threshold = 500 });
        Assert.Equal(0, codec.Encode(PayloadKind.Episode, new byte[499])[0]);
        Assert.Equal((byte)PayloadCodecKind.Zstd, codec.Encode(PayloadKind.Episode, new byte[500])[0]);
        Assert.Equal(0, codec.Encode(PayloadKind.Embedding, new byte[500])[0]);
    }

    [Fact]
    public void A_payload_beyond_the_limit_is_stored_as_it_is()
    {
        using var codec = new PayloadCodec(new());
        Assert.Equal((byte)PayloadCodecKind.Zstd, codec.Encode(PayloadKind.Episode, new byte[PayloadCodec.MaxRawLength])[0]);
        var stored = codec.Encode(PayloadKind.Episode, new byte[PayloadCodec.MaxRawLength + 1]);
        Assert.Equal(0, stored[0]);
        Assert.Equal(PayloadCodec.MaxRawLength + 1, codec.Decode(PayloadKind.Episode, stored).Length);
    }

    [Fact]
    public void The_header_of_stored_payloads_never_changes()
    {
        using var codec = new PayloadCodec(new());
        var expected = Enumerable.Repeat((byte)'a', 300).ToArray();
        foreach (var stored in new[] { "01AC021F610100FF14506161616161", "02AC02000063090061" })
            Assert.Equal(expected, codec.Decode(PayloadKind.Episode, Convert.FromHexString(stored)));
        Assert.Equal("abc"u8.ToArray(), codec.Decode(PayloadKind.Episode, [0x00, .. "abc"u8]));
    }

    [Fact]
    public void The_codec_changes_while_the_store_is_open_and_old_payloads_stay_readable()
    {
        using var codec = new PayloadCodec(new());
        var text = Payloads.Text(new(2), 5_000);
        var before = codec.Encode(PayloadKind.Episode, text);
        codec.Use(PayloadKind.Episode, PayloadCodecKind.Zstd, 19);
        var harder = codec.Encode(PayloadKind.Episode, text);
        codec.Use(PayloadKind.Episode, PayloadCodecKind.Brotli, 3);
        var other = codec.Encode(PayloadKind.Episode, text);
        Assert.True(harder.Length < before.Length);
        Assert.Equal([2, 2, 4], new[] { before[0], harder[0], other[0] });
        Assert.All([before, harder, other], stored => Assert.Equal(text, codec.Decode(PayloadKind.Episode, stored)));
    }

    [Fact]
    public void Without_libzstd_the_next_best_codec_writes_and_reading_says_what_to_install()
    {
        var text = Payloads.Text(new(3), 5_000);
        using var complete = new PayloadCodec(new());
        var stored = complete.Encode(PayloadKind.Episode, text);
        var copy = stored.ToArray();
        using var lacking = new PayloadCodec(new(), new(name => name.Contains("zstd", StringComparison.Ordinal) ? 0 : NativeLibrary.Load(name)));
        Assert.Equal(PayloadCodecKind.Lz4, lacking.Effective(PayloadKind.Episode).Codec);
        Assert.Contains("Lz4 in place of Zstd: libzstd was not found", lacking.Effective(PayloadKind.Episode).Reason, StringComparison.Ordinal);
        Assert.Equal((byte)PayloadCodecKind.Lz4, lacking.Encode(PayloadKind.Episode, text)[0]);

        var error = Assert.Throws<DatabaseException>(() => lacking.Decode(PayloadKind.Episode, stored));
        Assert.Contains("compressed with Zstandard; libzstd was not found", error.Message, StringComparison.Ordinal);
        Assert.Contains("nstall", error.Message, StringComparison.Ordinal);
        Assert.Equal(copy, stored);
        Assert.Equal(text, complete.Decode(PayloadKind.Episode, stored));
    }

    [Fact]
    public void Without_any_library_Gzip_writes_and_LZ4_is_still_read()
    {
        var text = Payloads.Text(new(4), 5_000);
        using var complete = new PayloadCodec(new() { Episodes = PayloadCodecKind.Lz4 });
        using var lacking = new PayloadCodec(new(), new(_ => 0));
        Assert.Equal(PayloadCodecKind.Gzip, lacking.Effective(PayloadKind.Episode).Codec);
        Assert.Equal(text, lacking.Decode(PayloadKind.Episode, lacking.Encode(PayloadKind.Episode, text)));
        Assert.Equal(text, lacking.Decode(PayloadKind.Episode, complete.Encode(PayloadKind.Episode, text)));
        Assert.Null(lacking.Effective(PayloadKind.Embedding).Reason);
    }

    [Fact]
    public void Counts_are_exact()
    {
        using var codec = new PayloadCodec(new() { Embeddings = PayloadCodecKind.Gzip });
        var (text, noise) = (Payloads.Text(new(5), 3_000), Payloads.OfEverySort(3_000).First());
        var (stored, kept, pattern) = (codec.Encode(PayloadKind.Episode, text), codec.Encode(PayloadKind.Episode, noise), codec.Encode(PayloadKind.Embedding, text));
        codec.Encode(PayloadKind.Episode, text);
        codec.Decode(PayloadKind.Episode, stored);
        codec.Decode(PayloadKind.Embedding, pattern);
        codec.Decode(PayloadKind.Embedding, pattern);
        Assert.Throws<DatabaseException>(() => codec.Decode(PayloadKind.Episode, [2, 1]));

        var counts = codec.Counts();
        Assert.Equal(
            [
                (PayloadKind.Episode, PayloadCodecKind.None, 1L, 3_000L, (long)kept.Length, 0L),
                (PayloadKind.Episode, PayloadCodecKind.Zstd, 2, 6_000, 2 * stored.Length, 1),
                (PayloadKind.Embedding, PayloadCodecKind.Gzip, 1, 3_000, pattern.Length, 2),
            ],
            counts.Select(c => (c.Kind, c.Codec, c.Payloads, c.RawBytes, c.StoredBytes, c.Decoded)));
        Assert.All(counts, c => Assert.True(c.EncodeTime > TimeSpan.Zero && (c.DecodeTime > TimeSpan.Zero) == (c.Decoded > 0)));
    }

    [Fact]
    public async Task Eight_threads_share_a_codec()
    {
        using var codec = new PayloadCodec(new() { Threshold = 0 });
        codec.AddDictionary(1, PayloadKind.Episode, ZstdDictionary.Train(Payloads.Records(1, 300, 1_000), 8_192)!, current: true);
        codec.AddDictionary(2, PayloadKind.Embedding, ZstdDictionary.Train(Payloads.Records(2, 300, 1_000), 8_192)!, current: true);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 2_000; i++)
            {
                var kind = (PayloadKind)random.Next(2);
                if (i % 100 == 0)
                    codec.Use(kind, (PayloadCodecKind)random.Next(5), random.Next(1, 6));
                var payload = Payloads.Text(random, random.Next(3_000));
                Assert.Equal(payload, codec.Decode(kind, codec.Encode(kind, payload)));
            }
        })));
        Assert.Equal((16_000, 16_000), (codec.Counts().Sum(c => c.Payloads), codec.Counts().Sum(c => c.Decoded)));
    }

    [Theory]
    [InlineData("Episodes")]
    [InlineData("Embeddings")]
    [InlineData("Threshold")]
    [InlineData("ZstdLevel")]
    public void A_setting_out_of_its_range_is_named(string setting)
    {
        var options = new CompressionOptions();
        options.Validate();
        var property = typeof(CompressionOptions).GetProperty(setting)!;
        property.SetValue(options, property.PropertyType.IsEnum ? (PayloadCodecKind)9 : -1);
        var error = Assert.Throws<ArgumentException>(() => new PayloadCodec(options));
        Assert.StartsWith($"Storage:Compression:{setting} is {property.GetValue(options)}; allowed: ", error.Message, StringComparison.Ordinal);
    }
}
