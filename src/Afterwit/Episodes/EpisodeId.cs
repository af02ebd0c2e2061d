using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Afterwit;

/// <summary>The identity of an episode: made by the client, so that a write can be repeated safely. New ids are UUID version 7 and sort by time.</summary>
public readonly record struct EpisodeId(Guid Value)
{
    /// <summary>Makes a new id whose leading bits are the clock's milliseconds.</summary>
    public static EpisodeId New(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new(Guid.CreateVersion7(time.GetUtcNow()));
    }

    /// <summary>Derives the id of a record that another system made, always the same for the same source: importing it again finds it again.</summary>
    /// <param name="sourceId">The record's identity where it comes from, such as <c>claude-code/SESSION#3</c>.</param>
    /// <returns>A UUID version 8 from the SHA-256 of the source id (RFC 9562, section 5.8).</returns>
    public static EpisodeId FromSource(string sourceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourceId);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(sourceId), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new(new Guid(hash[..16], bigEndian: true));
    }

    /// <summary>Reads an id as <see cref="ToString"/> writes it, hyphens optional.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EpisodeId id)
    {
        var parsed = Guid.TryParse(text, out var value);
        id = new(value);
        return parsed && value != Guid.Empty;
    }

    /// <summary>Reads an id as <see cref="ToString"/> writes it, hyphens optional.</summary>
    /// <exception cref="ArgumentException">The text is not an id.</exception>
    public static EpisodeId Parse(string? text) =>
        TryParse(text, out var id)
            ? id
            : throw new ArgumentException($"'{TextRules.Excerpt(text, 60)}' is not an episode id: expected 32 hexadecimal digits, like 0198c1d2-5b1e-7f00-8000-0123456789ab. `afterwit episode list` shows the ids.");

    /// <summary>The 36 character form.</summary>
    public override string ToString() => Value.ToString();
}
