using System.IO.Compression;

namespace Afterwit.Storage;

/// <summary>Gzip and Brotli, which every .NET has.</summary>
internal static unsafe class InBoxCodecs
{
    /// <summary>From here on Brotli takes several times longer for a few per cent.</summary>
    private const int BrotliQuality = 5;
    private const int BrotliWindow = 22;

    /// <summary>Compresses with Gzip.</summary>
    /// <returns>The length; 0 when it does not fit.</returns>
    public static int Gzip(ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        using var compressed = new MemoryStream(destination.Length);
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(raw);
        var length = (int)compressed.Length;
        return compressed.GetBuffer().AsSpan(0, length).TryCopyTo(destination) ? length : 0;
    }

    /// <summary>Decompresses Gzip.</summary>
    /// <returns>Whether it is sound and fills the destination exactly.</returns>
    public static bool TryGunzip(ReadOnlySpan<byte> body, Span<byte> destination)
    {
        fixed (byte* bytes = body)
        {
            using var compressed = new UnmanagedMemoryStream(bytes, body.Length);
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            try
            {
                return gzip.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) == destination.Length && gzip.ReadByte() < 0;
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }
    }

    /// <summary>Compresses with Brotli.</summary>
    /// <returns>The length; 0 when it does not fit.</returns>
    public static int Brotli(ReadOnlySpan<byte> raw, Span<byte> destination) =>
        BrotliEncoder.TryCompress(raw, destination, out var length, BrotliQuality, BrotliWindow) ? length : 0;

    /// <summary>Decompresses Brotli.</summary>
    /// <returns>Whether it is sound and fills the destination exactly.</returns>
    public static bool TryUnbrotli(ReadOnlySpan<byte> body, Span<byte> destination) =>
        BrotliDecoder.TryDecompress(body, destination, out var length) && length == destination.Length;
}
