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
/// <param name="IsLast">True when the problem keeps the rest of the file from being read.</param>
internal readonly record struct JsonPart(string Name, int Index, long Line, ReadOnlyMemory<byte> Json, string? Problem = null, bool IsLast = false);

/// <summary>Reads a file that is one large JSON object, part by part.</summary>
internal static class JsonObjectFile
{
    public static async IAsyncEnumerable<JsonPart> ReadAsync(
        Stream stream, int limit, Func<string, JsonPartMode> choose, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var scanner = new JsonScanner(stream, limit);
        await using var parts = WalkAsync(scanner, limit, choose, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            string? problem = null;
            var more = false;
            try
            {
                more = await parts.MoveNextAsync();
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                problem = SourceProblems.Reason(e);
            }

            if (problem is not null)
                yield return new("", -1, scanner.Line, default, problem, IsLast: true);
            if (!more)
                yield break;
            yield return parts.Current;
        }
    }

    private static async IAsyncEnumerable<JsonPart> WalkAsync(
        JsonScanner scanner, int limit, Func<string, JsonPartMode> choose, [EnumeratorCancellation] CancellationToken cancellationToken)
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
            var name = key.Bytes.Length >= 2 ? Encoding.UTF8.GetString(key.Bytes.Span[1..^1]) : "";
            whole = await scanner.TakeAsync(':', cancellationToken);
            if (!whole)
                break;
            var mode = choose(name);
            if (mode == JsonPartMode.Elements && await scanner.TakeAsync('[', cancellationToken))
            {
                for (var index = 0; whole && await scanner.PeekAsync(cancellationToken) is not (-1 or ']'); index++)
                {
                    var element = await scanner.ReadValueAsync(keep: true, cancellationToken);
                    yield return Part(name, index, element, limit);
                    whole = element.Complete;
                    if (whole && !await scanner.TakeAsync(',', cancellationToken) && await scanner.PeekAsync(cancellationToken) != ']')
                        whole = false;
                }

                whole = whole && await scanner.TakeAsync(']', cancellationToken);
            }
            else
            {
                var value = await scanner.ReadValueAsync(keep: mode != JsonPartMode.Skip, cancellationToken);
                whole = value.Complete;
                if (whole && mode != JsonPartMode.Skip)
                    yield return Part(name, -1, value, limit);
            }

            if (whole && !await scanner.TakeAsync(',', cancellationToken))
                break;
        }

        if (!whole || !await scanner.TakeAsync('}', cancellationToken))
        {
            var reason = await scanner.PeekAsync(cancellationToken) < 0 ? "the JSON ends in the middle" : "not valid JSON from here on";
            yield return new("", -1, scanner.Line, default, reason, IsLast: true);
        }
        else if (await scanner.PeekAsync(cancellationToken) >= 0)
        {
            yield return new("", -1, scanner.Line, default, "there is more after the JSON object", IsLast: true);
        }
    }

    private static JsonPart Part(string name, int index, JsonSlice slice, int limit) => new(name, index, slice.Line, slice.Bytes, slice switch
    {
        { Complete: false } => "it is cut off: the file ends within it",
        { TooLong: true } => $"it is longer than {limit} bytes",
        _ => null,
    });
}
