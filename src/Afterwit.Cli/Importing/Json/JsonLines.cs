using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Afterwit.Cli.Importing;

/// <summary>Turns each line of a JSONL file into a record of an import. Its memory is that of one line.</summary>
internal static class JsonLines
{
    public const int DefaultLimit = 64 * 1024 * 1024;

    /// <summary>Hands each line to <paramref name="read"/>, which returns what it has to say of it, or throws <see cref="BrokenRecordException"/>.</summary>
    public static IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, int limit, Func<JsonElement, IEnumerable<Episode>> read, CancellationToken cancellationToken)
    {
        var lines = new BlockReader(source.Content, (byte)'\n', limit);
        return ReadAsync(source, lines, limit, read, cancellationToken)
            .EndWith(e => SourceProblems.Concerns(e) ? ImportRecord.Broken(source, lines.Number + 1, SourceProblems.Reason(e)) : null, cancellationToken);
    }

    public static (IReadOnlyList<Episode> Episodes, string? Problem) Parse(ReadOnlyMemory<byte> json, Func<JsonElement, IEnumerable<Episode>> read)
    {
        IReadOnlyList<Episode> episodes = [];
        var problem = JsonFields.Parse(json, record => episodes = record.ValueKind == JsonValueKind.Object ? [.. read(record)] : throw new BrokenRecordException("not a JSON object"));
        return (episodes, problem);
    }

    private static async IAsyncEnumerable<ImportRecord> ReadAsync(
        ImportSource source, BlockReader lines, int limit, Func<JsonElement, IEnumerable<Episode>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await lines.ReadAsync(cancellationToken))
        {
            var line = Trim(lines.Current, first: lines.Number == 1);
            if (line.IsEmpty && !lines.TooLong)
                continue;
            var (episodes, problem) = lines.TooLong ? ([], $"the line is longer than {limit} bytes") : Parse(line, read);
            foreach (var episode in episodes)
                yield return ImportRecord.Of(episode, source);
            if (problem is not null)
                yield return ImportRecord.Broken(source, lines.Number, problem);
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
