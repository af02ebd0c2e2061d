using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace Afterwit.Cli.Importing;

/// <summary>What to do with a property at the top of a file.</summary>
internal enum JsonPartMode
{
    Skip,
    Whole,

    /// <summary>Element by element, so that only one is in memory.</summary>
    Elements,
}

/// <summary>A property at the top of a file, or an element of it.</summary>
/// <param name="Name">The property.</param>
/// <param name="Index">Which element, from 0; -1 for a whole value.</param>
/// <param name="Line">Where it begins.</param>
/// <param name="Json">Its bytes, valid until the next part is read.</param>
/// <param name="Problem">Why there are no bytes.</param>
/// <param name="IsWhole">False when the file ended within it.</param>
internal readonly record struct JsonPart(string Name, int Index, long Line, ReadOnlyMemory<byte> Json, string? Problem = null, bool IsWhole = true);

/// <summary>Reads a file that is one large JSON object, part by part.</summary>
internal static class JsonObjectFile
{
    public static IAsyncEnumerable<JsonPart> ReadAsync(PipeReader content, int limit, Func<string, JsonPartMode> choose, CancellationToken cancellationToken)
    {
        var scanner = new JsonScanner(content.AsStream(leaveOpen: true), limit);
        return WalkAsync(scanner, choose, cancellationToken)
            .EndWith(e => SourceProblems.Concerns(e) ? new JsonPart("", -1, scanner.Line, default, SourceProblems.Reason(e)) : null, cancellationToken);
    }

    private static async IAsyncEnumerable<JsonPart> WalkAsync(JsonScanner scanner, Func<string, JsonPartMode> choose, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await scanner.PeekAsync(cancellationToken) == 0xEF)
        {
            for (var i = 0; i < 3; i++)
                await scanner.TakeAsync((char)await scanner.PeekAsync(cancellationToken), cancellationToken);
        }

        var whole = await scanner.TakeAsync('{', cancellationToken);
        while (whole && await scanner.PeekAsync(cancellationToken) == '"')
        {
            var key = await scanner.ReadValueAsync(keep: true, cancellationToken);
            var name = key.Json.Length >= 2 ? Encoding.UTF8.GetString(key.Json.Span[1..^1]) : "";
            whole = await scanner.TakeAsync(':', cancellationToken);
            if (!whole)
                break;
            var mode = choose(name);
            var isList = mode == JsonPartMode.Elements && await scanner.TakeAsync('[', cancellationToken);
            for (var index = isList ? 0 : -1; whole && !(isList && await scanner.PeekAsync(cancellationToken) is -1 or ']'); index++)
            {
                var part = await scanner.ReadValueAsync(keep: mode != JsonPartMode.Skip, cancellationToken);
                whole = part.IsWhole;
                if (mode != JsonPartMode.Skip && (whole || isList))
                    yield return part with { Name = name, Index = index };
                if (!isList)
                    break;
                whole = whole && (await scanner.TakeAsync(',', cancellationToken) || await scanner.PeekAsync(cancellationToken) == ']');
            }

            whole = whole && (!isList || await scanner.TakeAsync(']', cancellationToken));
            if (whole && !await scanner.TakeAsync(',', cancellationToken))
                break;
        }

        if (!whole || !await scanner.TakeAsync('}', cancellationToken))
        {
            var reason = await scanner.PeekAsync(cancellationToken) < 0 ? "the JSON ends in the middle" : "not valid JSON from here on";
            yield return new("", -1, scanner.Line, default, reason);
        }
        else if (await scanner.PeekAsync(cancellationToken) >= 0)
        {
            yield return new("", -1, scanner.Line, default, "there is more after the JSON object");
        }
    }
}
