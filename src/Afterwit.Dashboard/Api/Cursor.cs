using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace Afterwit.Dashboard.Api;

/// <summary>Where a page of a list ended, as a text that means nothing to its bearer.</summary>
internal static class Cursor
{
    private const int Length = sizeof(long) + 16;

    /// <summary>The text.</summary>
    public static string Of(EpisodeSummary last)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, last.StartedAt.ToUnixTimeMilliseconds());
        last.Id.Value.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>What it stands for. Null for none.</summary>
    public static EpisodePosition? Read(string? text)
    {
        if (text is null)
            return null;
        var encoded = Encoding.UTF8.GetBytes(text);
        Span<byte> bytes = stackalloc byte[Length];
        if (!Base64Url.IsValid(encoded, out var length) || length != Length || !Base64Url.TryDecodeFromUtf8(encoded, bytes, out _)
            || BinaryPrimitives.ReadInt64BigEndian(bytes) is var time && time is < -62135596800000 or > 253402300799999)
        {
            throw RequestException.Wrong("cursor", "cursor is none that this server gave: take next_cursor of the last page.");
        }

        return new(DateTimeOffset.FromUnixTimeMilliseconds(time), new(new Guid(bytes[sizeof(long)..], bigEndian: true)));
    }
}
