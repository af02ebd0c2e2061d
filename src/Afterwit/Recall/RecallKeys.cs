namespace Afterwit;

/// <summary>By what recalls, playbooks and advice are kept. The clock is no part of it: a result that is kept is as old as the store allows.</summary>
internal static class RecallKeys
{
    /// <summary>The key of a recall, whether or not it keeps a receipt and for whichever episode: that is made anew each time.</summary>
    public static ResultKey Of(RecallQuery query)
    {
        // What patterns and playbooks say is counted over all projects.
        var ofEpisodes = (query.Types & ~(RecallTypes.Episode | RecallTypes.Step)) == RecallTypes.None;
        return new("recall", TextOf(query), null, ofEpisodes ? query.Scope.Project : null);
    }

    /// <summary>The key of a playbook.</summary>
    public static ResultKey OfPlaybook(RecallQuery query) => new("playbook", TextOf(query), null);

    /// <summary>The key of a piece of advice.</summary>
    public static ResultKey Of(AdviceRequest request) => new(
        "advice",
        new KeyText().Add(request.Task).Add(request.Domain).Add(request.Tags).Add(request.Scope).Add(request.Tools).Add(request.Error).Add(request.FailedAction).Add(request.Observation)
            .Add((long)request.Limit).ToString(),
        request.Domain);

    private static string TextOf(RecallQuery query) =>
        new KeyText().Add(query.Text).Add((long)query.Types).Add(query.Scope).Add(query.Context).Add(query.IncludeFailed ? 1L : 0).Add(query.Since).Add(query.Until)
            .Add((long)query.Limit).Add((long?)query.MaxTokens).Add(query.Embedding?.Model).Add(query.Embedding?.Vector ?? default).ToString();
}
