using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Afterwit;

/// <summary>The identity of a pattern: 63 bits of the SHA-256 of its content, so that the same lesson has the same id everywhere and is never stored twice.</summary>
public readonly record struct PatternId(long Value)
{
    /// <summary>The id of the pattern with this content.</summary>
    public static PatternId Of(PatternKind kind, string? domain, string condition, string action) => new(Hash($"{(int)kind}\n{domain}\n{condition}\n{action}"));

    /// <summary>The number shared by all patterns that apply under the same condition: what advice is looked up by.</summary>
    public static long OfCondition(PatternKind kind, string? domain, string condition) => Hash($"{(int)kind}\n{domain}\n{condition}");

    /// <summary>Reads an id as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PatternId id)
    {
        id = default;
        if (text is not ['p', .. { Length: 16 } digits] || !long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value < 0)
            return false;
        id = new(value);
        return true;
    }

    /// <summary>Reads an id as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="ArgumentException">The text is not an id.</exception>
    public static PatternId Parse(string? text) =>
        TryParse(text, out var id)
            ? id
            : throw new ArgumentException($"'{TextRules.Excerpt(text, 60)}' is not a pattern id: expected p and 16 hexadecimal digits. Insights and lists of patterns show the ids.");

    /// <summary>The letter p and 16 hexadecimal digits.</summary>
    public override string ToString() => $"p{Value:x16}";

    private static long Hash(string content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetMaxByteCount(content.Length);
        var bytes = length <= 1024 ? stackalloc byte[1024] : new byte[length];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(content, bytes)], hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash) & long.MaxValue;
    }
}
