using System.Text.Json;

namespace Afterwit.Cli.Importing;

/// <summary>Tells the kind of a JSON file by the names of its first properties.</summary>
internal static class JsonHead
{
    private const int LinesTried = 50;

    /// <summary>True when the first value of the file, or one of its first lines, is an object that passes the test.</summary>
    public static bool Any(ReadOnlyMemory<byte> head, Func<IReadOnlySet<string>, bool> test)
    {
        var rest = head.Span;
        if (rest.StartsWith<byte>([0xEF, 0xBB, 0xBF]))
            rest = rest[3..];
        if (test(Properties(rest)))
            return true;
        for (var line = 0; line < LinesTried && !rest.IsEmpty; line++)
        {
            var end = rest.IndexOf((byte)'\n');
            if (test(Properties(end < 0 ? rest : rest[..end])))
                return true;
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return false;
    }

    /// <summary>The names at the top of an object, as far as the bytes go and make sense.</summary>
    private static HashSet<string> Properties(ReadOnlySpan<byte> json)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new() { MaxDepth = 256 }));
        try
        {
            while (reader.Read() && (reader.CurrentDepth > 0 || reader.TokenType == JsonTokenType.StartObject))
            {
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
                    names.Add(reader.GetString()!);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
        }

        return names;
    }
}
