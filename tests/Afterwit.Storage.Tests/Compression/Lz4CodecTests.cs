using System.Runtime.InteropServices;

namespace Afterwit.Storage.Tests.Compression;

/// <summary>Our reader of LZ4 blocks next to the one of liblz4.</summary>
public sealed class Lz4CodecTests
{
    private static readonly NativeDecompress Native = Marshal.GetDelegateForFunctionPointer<NativeDecompress>(NativeLibrary.GetExport(CodecLibraries.System.Lz4, "LZ4_decompress_safe"));

    private delegate int NativeDecompress(byte[] source, byte[] destination, int sourceLength, int destinationCapacity);

    [Fact]
    public void What_liblz4_wrote_is_read_as_liblz4_reads_it()
    {
        foreach (var payload in new[] { 1, 13, 64, 300, 1_024, 70_000, 500_000 }.SelectMany(Payloads.OfEverySort))
        {
            var block = new byte[payload.Length + (payload.Length / 255) + 16];
            block = block[..Lz4Codec.Compress(payload, block)];
            var (ours, theirs) = (new byte[payload.Length], new byte[payload.Length]);
            Assert.Equal(payload.Length, Native(block, theirs, block.Length, theirs.Length));
            Assert.True(Lz4Codec.TryDecompress(block, ours));
            Assert.Equal(payload, theirs);
            Assert.Equal(payload, ours);
        }
    }

    [Fact]
    public void A_changed_block_that_both_read_gives_the_same()
    {
        var random = new Random(9);
        var both = 0;
        for (var i = 0; i < 120_000; i++)
        {
            var payload = Payloads.Text(random, random.Next(20, 600));
            var block = new byte[payload.Length + 64];
            block = Payloads.Mutate(random, block[..Lz4Codec.Compress(payload, block)]);
            var (ours, theirs) = (new byte[payload.Length], new byte[payload.Length]);
            if (!Lz4Codec.TryDecompress(block, ours) || Native(block, theirs, block.Length, theirs.Length) != theirs.Length)
                continue;
            Assert.Equal(theirs, ours);
            both++;
        }

        Assert.True(both > 10_000, $"{both} blocks were read by both");
    }

    [Theory]
    [InlineData("")]
    [InlineData("F0")]
    [InlineData("10")]
    [InlineData("1061")]
    [InlineData("106100")]
    [InlineData("10610000")]
    [InlineData("10610200")]
    [InlineData("1F6101")]
    [InlineData("1F610100")]
    [InlineData("1F6101000000FF")]
    public void A_block_that_leaves_its_bounds_is_refused(string block) => Assert.False(Lz4Codec.TryDecompress(Convert.FromHexString(block), new byte[20]));
}
