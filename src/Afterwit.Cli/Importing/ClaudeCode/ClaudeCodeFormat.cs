using System.Runtime.CompilerServices;
using System.Text.Json;

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

/// <summary>Cuts a session into tasks: what the user asks begins one, and everything up to the next question belongs to it. Each subagent's work is a task of its own.</summary>
internal sealed class ClaudeSession(string fallbackId, DateTimeOffset importedAt)
{
    private readonly Dictionary<string, int> _tasksOfSession = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClaudeTask> _sidechains = new(StringComparer.Ordinal);
    private readonly List<ClaudeTask> _subtasks = [];
    private ClaudeTask? _current;

    /// <summary>Takes the next entry.</summary>
    /// <returns>The task that it closes, if any.</returns>
    public IEnumerable<Episode> Read(JsonElement entry)
    {
        var type = entry.Text("type");
        if (type is not ("user" or "assistant") || entry.Flag("isMeta") == true || entry.Flag("isCompactSummary") == true)
            return [];
        var message = entry.Object("message") ?? throw new BrokenRecordException("'message' is missing");
        var content = ClaudeContent.Of(message);
        var task = entry.Flag("isSidechain") == true ? Sidechain(entry, content, type) : _current;
        if (type == "assistant")
        {
            task?.Answer(entry, message, content);
            return [];
        }

        task?.TakeResults(entry, content);
        if (content.Prompt is not { } prompt)
            return [];
        if (task is not null && (content.IsInterruption || content.HasResults))
        {
            task.Say(entry, content);
            return [];
        }

        if (content.IsInterruption || content.HasResults || entry.Flag("isSidechain") == true)
            return [];
        var closed = _current;
        var session = entry.Text("sessionId") ?? fallbackId;
        var index = _tasksOfSession[session] = _tasksOfSession.GetValueOrDefault(session, -1) + 1;
        _current = new($"claude-code/{session}#{index}", session, prompt, entry, importedAt);
        return closed is null ? [] : [closed.ToEpisode()];
    }

    /// <summary>The tasks that were still open when the log ended.</summary>
    public IEnumerable<Episode> End() => (_current is null ? _subtasks : _subtasks.Prepend(_current)).Select(task => task.ToEpisode());

    // A subagent's entries lie between the others and may alternate with those of another subagent. Newer logs name the subagent; in older ones each entry
    // names the one before it.
    private ClaudeTask? Sidechain(JsonElement entry, ClaudeContent content, string type)
    {
        var agent = entry.Text("agentId");
        var parent = entry.Text("parentUuid");
        var uuid = entry.Text("uuid");
        var known = agent ?? parent;
        ClaudeTask? task = null;
        if (known is not null && !_sidechains.TryGetValue(known, out task) && agent is null)
            task = _subtasks.LastOrDefault();
        if (task is null && (type != "user" || content.Prompt is null || content.HasResults || content.IsInterruption))
            return null;
        if (task is null)
        {
            var session = entry.Text("sessionId") ?? fallbackId;
            task = new($"claude-code/{session}#s-{agent ?? uuid ?? _subtasks.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)}", session, content.Prompt!, entry, importedAt, of: _current?.SourceId);
            _subtasks.Add(task);
        }

        if (agent is null && parent is not null)
            _sidechains.Remove(parent);
        if ((agent ?? uuid) is { } next)
            _sidechains[next] = task;
        return task;
    }
}
