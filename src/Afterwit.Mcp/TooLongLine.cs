using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Afterwit.Mcp;

/// <summary>A line that is not kept but for its two ends: the id of a request stands at one of them, as clients write it.</summary>
internal sealed partial class TooLongLine
{
    private const int Kept = 300;

    private byte[] _head = [];
    private byte[] _tail = [];

    /// <summary>In bytes.</summary>
    public long Length { get; private set; }

    /// <summary>More of the line.</summary>
    public void Add(ReadOnlySequence<byte> part)
    {
        Length += part.Length;
        if (_head.Length < Kept)
            _head = [.. _head, .. part.Slice(0, Math.Min(part.Length, Kept - _head.Length)).ToArray()];
        byte[] tail = [.. _tail, .. part.Slice(Math.Max(0, part.Length - Kept)).ToArray()];
        _tail = tail[Math.Max(0, tail.Length - Kept)..];
    }

    /// <summary>The id as JSON; <c>null</c> when neither end shows it. Neither place can lie within a text or an inner object.</summary>
    public string FindId()
    {
        var match = AtHead().Match(Encoding.Latin1.GetString(_head));
        if (!match.Success)
            match = AtTail().Match(Encoding.Latin1.GetString(_tail));
        return match.Success ? match.Groups["id"].Value : "null";
    }

    [GeneratedRegex("""^\s*\{\s*("jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(?<id>-?[0-9]{1,18}|"[!#-\[\]-~]{0,100}")\s*,""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AtHead();

    [GeneratedRegex(""",\s*"id"\s*:\s*(?<id>-?[0-9]{1,18}|"[!#-\[\]-~]{0,100}")\s*(,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AtTail();
}
