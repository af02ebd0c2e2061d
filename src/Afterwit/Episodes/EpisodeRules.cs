namespace Afterwit;

/// <summary>What may enter the memory, and how it is cleaned on its way in.</summary>
internal static class EpisodeRules
{
    /// <summary>The head of an episode, checked and without credentials.</summary>
    public static Episode Check(Episode episode)
    {
        TextRules.Required(episode.Task, "task");
        foreach (var text in (ReadOnlySpan<string?>)
            [episode.Scope.Project, episode.Scope.Agent, episode.Scope.User, episode.Scope.Run, episode.Context.Domain, episode.Context.Language, episode.Context.Framework, episode.Context.Complexity])
        {
            TextRules.Valid(text, "scope or context");
        }

        TextRules.AllValid(episode.Context.Tags, "tags");

        return episode with { Task = SecretRedactor.Redact(episode.Task)!, Metadata = Check(episode.Metadata) };
    }

    /// <summary>Metadata of an episode or an edge, checked and without credentials in its values.</summary>
    public static IReadOnlyDictionary<string, string> Check(IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var (key, value) in metadata)
        {
            TextRules.Required(key, "metadata key");
            var name = $"metadata '{TextRules.Excerpt(key, 40)}'";
            TextRules.Valid(value ?? throw new ArgumentException($"{name} is null: give it a text, or leave it away."), name);
        }

        return metadata.ToDictionary(pair => pair.Key, pair => SecretRedactor.Redact(pair.Value)!, StringComparer.Ordinal);
    }

    /// <summary>A finished episode with all its steps. Its id has to be the one of its source: that is how it is found again.</summary>
    public static Episode CheckImported(Episode episode)
    {
        TextRules.Required(episode.SourceId, "source id");
        return episode.Outcome is null ? throw new ArgumentException($"episode {episode.SourceId} has no outcome: only finished episodes are imported.") : CheckWhole(episode);
    }

    /// <summary>An episode with all its steps, running or, with its reward and reflection, finished.</summary>
    public static Episode CheckWhole(Episode episode)
    {
        TextRules.Valid(episode.SourceId, "source id");
        if (episode.SourceId is { } source && episode.Id != EpisodeId.FromSource(source))
            throw new ArgumentException($"episode {episode.Id} has the source id '{TextRules.Excerpt(source, 60)}', but not the id of that source: use EpisodeId.FromSource.");
        var whole = Check(episode) with { Steps = [.. episode.Steps.Select((step, ordinal) => Check(step) with { Ordinal = ordinal })] };
        if (episode.Outcome is not { } outcome)
            return whole;
        Check(outcome);
        return Hindsight.Judge(whole with { Outcome = outcome with { Summary = SecretRedactor.Redact(outcome.Summary) } });
    }

    /// <summary>A step, checked, without credentials, and with its error named.</summary>
    public static Step Check(Step step)
    {
        if (step.Kind == StepKind.ToolCall)
            TextRules.Required(step.Tool, "tool");
        TextRules.Valid(step.Tool, "tool");
        TextRules.Valid(step.Speaker, "speaker");
        TextRules.Valid(step.Text, "text");
        TextRules.Valid(step.Arguments, "arguments");
        TextRules.Valid(step.Observation, "observation");
        TextRules.Valid(step.ErrorClass, "error class");
        if (step.Latency is { } latency && latency < TimeSpan.Zero)
            throw new ArgumentException($"latency is {latency}: it cannot be negative.");
        var clean = SecretRedactor.Redact(step);
        return clean is { IsError: true, ErrorClass: null } ? clean with { ErrorClass = ErrorClassifier.Classify(clean.Observation) } : clean;
    }

    /// <summary>An outcome that ends an episode.</summary>
    public static void Check(Outcome outcome)
    {
        if (outcome.Status == EpisodeStatus.Running || !Enum.IsDefined(outcome.Status))
            throw new ArgumentException($"outcome status is {outcome.Status}: an episode ends as Succeeded, Partial, Failed or Abstained.");
        if (outcome.Score is { } score && !(score is >= 0 and <= 1))
            throw new ArgumentException($"outcome score is {score}: allowed is 0 to 1.");
        TextRules.Valid(outcome.Summary, "outcome summary");
    }

    /// <summary>A query with limits within their ranges.</summary>
    public static void Check(RecallQuery query)
    {
        TextRules.Required(query.Text, "query");
        TextRules.AllValid(query.Context.Tags, "tags");
        query.Embedding?.Validate();
        if (query.Limit is < 1 or > 1000)
            throw new ArgumentException($"limit is {query.Limit}: allowed is 1 to 1000.");
        if (query.MaxTokens < 1)
            throw new ArgumentException($"max tokens is {query.MaxTokens}: allowed is 1 or more.");
        if (query.Types == RecallTypes.None)
            throw new ArgumentException("types is empty: name at least one of episode, step, pattern, playbook.");
    }
}
