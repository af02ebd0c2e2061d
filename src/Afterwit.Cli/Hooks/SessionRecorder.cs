using Afterwit.Cli.Importing;

namespace Afterwit.Cli.Hooks;

/// <summary>
/// Records a session of Claude Code as it happens: each prompt is an episode, each use of a tool a step, and the end of the agent's turn ends it. The ids are those that the import of the
/// session's log gives, so importing it later puts the fuller record in the place of this one.
/// </summary>
internal sealed class SessionRecorder(AgentMemory memory, SeenCalls seen, TimeProvider time)
{
    private const string Agent = "claude-code";
    private const int Attempts = 20;

    /// <summary>Begins the episode of a prompt. The one before it did not end: it was interrupted.</summary>
    public async Task<EpisodeId> StartAsync(HookEvent happened, CancellationToken cancellationToken)
    {
        var prompt = happened.Prompt!;
        if (await LatestAsync(happened, cancellationToken) is { Status: EpisodeStatus.Running } running)
        {
            if (running.Steps == 0 && running.Task == SecretRedactor.Redact(prompt))
                return running.Id; // the same prompt, told twice
            await EndAsync(running.Id, _ => Outcome.Partial("inferred: the next prompt came before it ended"), cancellationToken);
        }

        return await OpenAsync(happened, prompt, cancellationToken);
    }

    /// <summary>Logs the use of a tool, once.</summary>
    public async Task LogAsync(HookEvent happened, CancellationToken cancellationToken)
    {
        // What a subagent does is its own task, which the import reads; its result is a step here.
        if (happened.Call is not { } call || happened.Subagent is not null || (happened.CallId is { } id && !seen.TryClaim(id)))
            return;
        try
        {
            var now = time.GetUtcNow();
            var begun = happened.CallId is { } known ? seen.BegunAt(known) : null;
            await AppendAsync(happened, call with { At = begun ?? now, Latency = begun is { } start && now >= start ? now - start : null }, cancellationToken);
        }
        catch when (happened.CallId is not null)
        {
            seen.Release(happened.CallId);
            throw;
        }
    }

    /// <summary>Ends the episode of the turn that is over.</summary>
    public async Task StopAsync(HookEvent happened, CancellationToken cancellationToken)
    {
        if (await LatestAsync(happened, cancellationToken) is not { Status: EpisodeStatus.Running } running)
            return;
        if (!string.IsNullOrWhiteSpace(happened.LastMessage))
            await memory.LogAsync(running.Id, Step.Message("assistant", happened.LastMessage), cancellationToken);
        await EndAsync(running.Id, steps => ClaudeTask.Infer(steps), cancellationToken);
    }

    /// <summary>Ends what the session leaves open.</summary>
    public async Task EndSessionAsync(HookEvent happened, CancellationToken cancellationToken)
    {
        if (await LatestAsync(happened, cancellationToken) is { Status: EpisodeStatus.Running } running)
            await EndAsync(running.Id, _ => Outcome.Partial("inferred: the session ended before it did"), cancellationToken);
        seen.Clear();
    }

    private async Task AppendAsync(HookEvent happened, Step step, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Installed in the middle of a session there is no prompt; after a turn that was made to go on, the task is still that of the turn.
                var latest = await LatestAsync(happened, cancellationToken);
                var episode = latest is { Status: EpisodeStatus.Running } ? latest.Id : await OpenAsync(happened, latest?.Task ?? "(began before the recording)", cancellationToken);
                await memory.LogAsync(episode, step, cancellationToken);
                return;
            }
            catch (ConflictException) when (attempt < Attempts)
            {
                // Another hook of the session ended it in between.
            }
        }
    }

    private async Task<EpisodeId> OpenAsync(HookEvent happened, string task, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var latest = await LatestAsync(happened, cancellationToken);
            if (latest is { Status: EpisodeStatus.Running })
                return latest.Id; // another hook was faster
            var number = latest?.SourceId is { } last && int.TryParse(last.AsSpan(last.LastIndexOf('#') + 1), out var before) ? before + 1 : 0;
            var source = $"{Agent}/{happened.Session}#{number}";
            var episode = EpisodeRules.Check(new Episode
            {
                Id = EpisodeId.FromSource(source),
                SourceId = source,
                Task = task,
                Scope = new(Project: ClaudeTask.LastFolder(happened.Folder), Agent: Agent, Run: happened.Session),
                Context = new() { Domain = Agent },
                Metadata = happened.Folder is { } folder ? new Dictionary<string, string> { ["cwd"] = folder } : new Dictionary<string, string>(),
                StartedAt = time.GetUtcNow(),
            });
            try
            {
                await memory.Store.StartEpisodeAsync(episode, cancellationToken);
                return episode.Id;
            }
            catch (ConflictException) when (attempt < Attempts)
            {
                // Another hook of the session took the number.
            }
        }
    }

    private async Task EndAsync(EpisodeId episode, Func<IReadOnlyList<Step>, Outcome> judge, CancellationToken cancellationToken)
    {
        try
        {
            await memory.CompleteAsync(episode, judge((await memory.GetAsync(episode, cancellationToken)).Steps), cancellationToken);
        }
        catch (ConflictException)
        {
            // Another hook of the session ended it.
        }
    }

    /// <summary>The episode of the session's last prompt.</summary>
    private async Task<EpisodeSummary?> LatestAsync(HookEvent happened, CancellationToken cancellationToken) =>
        (await memory.Store.ListEpisodesAsync(new() { Scope = new(Agent: Agent, Run: happened.Session), Limit = 200 }, cancellationToken))
            .Where(e => e.SourceId?.StartsWith($"{Agent}/{happened.Session}#", StringComparison.Ordinal) == true && !e.SourceId.Contains("#s-", StringComparison.Ordinal))
            .MaxBy(e => int.TryParse(e.SourceId.AsSpan(e.SourceId!.LastIndexOf('#') + 1), out var number) ? number : -1);
}
