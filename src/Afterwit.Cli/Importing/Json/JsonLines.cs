using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Afterwit.Cli.Importing;

/// <summary>Turns each line of a JSONL file into a record of an import. Its memory is that of one line.</summary>
internal static class JsonLines
{
    public const int DefaultLimit = 64 * 1024 * 1024;

    /// <summary>Hands each line to <paramref name="read"/>, which returns what it has to say of it, or throws <see cref="BrokenRecordException"/>.</summary>
    public static async IAsyncEnumerable<ImportRecord> ReadAsync(
        ImportSource source, int limit, Func<JsonElement, IEnumerable<Episode>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var lines = new BlockReader(source.Content, (byte)'\n', limit);
        while (true)
        {
            string? problem = null;
            IReadOnlyList<Episode> episodes = [];
            var more = false;
            try
            {
                more = await lines.ReadAsync(cancellationToken);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                problem = SourceProblems.Reason(e);
            }

            if (!more)
            {
                if (problem is not null)
                    yield return ImportRecord.Broken(source, lines.Number + 1, problem);
                yield break;
            }

            var line = Trim(lines.Current, first: lines.Number == 1);
            if (lines.TooLong)
                problem = $"the line is longer than {limit} bytes";
            else if (line.IsEmpty)
                continue;
            else
                (episodes, problem) = Parse(line, read);
            foreach (var episode in episodes)
                yield return ImportRecord.Of(episode, source);
            if (problem is not null)
                yield return ImportRecord.Broken(source, lines.Number, problem);
        }
    }

    public static (IReadOnlyList<Episode> Episodes, string? Problem) Parse(ReadOnlyMemory<byte> json, Func<JsonElement, IEnumerable<Episode>> read)
    {
        if (!Utf8.IsValid(json.Span))
            return ([], "not valid UTF-8");
        try
        {
            using var document = JsonDocument.Parse(json, JsonFields.DocumentOptions);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? ([.. read(document.RootElement)], null)
                : ([], "not a JSON object");
        }
        catch (Exception e) when (e is JsonException or BrokenRecordException or InvalidOperationException)
        {
            return ([], JsonFields.Reason(e));
        }
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line, bool first)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        if (first && line.Span.StartsWith(mark))
            line = line[mark.Length..];
        return line.Trim(" \t\r"u8);
    }
}
