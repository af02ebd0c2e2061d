using System.Runtime.CompilerServices;

namespace Afterwit.Cli.Importing;

/// <summary>The session logs of Claude Code: one entry a line, several tasks a session.</summary>
internal sealed class ClaudeCodeFormat(int lineLimit = JsonLines.DefaultLimit) : IEpisodeFormat
{
    public string Name => "claude-code";

    public bool Recognises(string path, ReadOnlyMemory<byte> head) =>
        JsonHead.Any(head, names => names.Contains("type") && (names.Contains("sessionId") || names.Contains("leafUuid") || names.Contains("parentUuid")));

    public async IAsyncEnumerable<ImportRecord> ReadAsync(ImportSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var session = new ClaudeSession(Path.GetFileNameWithoutExtension(source.Name), source.ImportedAt);
        await foreach (var record in JsonLines.ReadAsync(source, lineLimit, session.Read, cancellationToken))
            yield return record;
        foreach (var episode in session.End())
            yield return ImportRecord.Of(episode, source);
    }
}
