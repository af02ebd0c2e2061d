namespace Afterwit.Cli.Evaluation;

/// <summary>Asks the memory as any caller would, and gives back the names of the answers, best first.</summary>
internal static class Rankings
{
    private const int Depth = 100;

    public static async Task<IReadOnlyList<string>> ConversationAsync(AgentMemory memory, IReadOnlyDictionary<string, string> names, EvaluationQuery query, CancellationToken cancellationToken)
    {
        var result = await memory.RecallAsync(
            new() { Text = query.Question!, Types = RecallTypes.Step, Scope = new(Project: query.Conv), Limit = Depth, KeepReceipt = false }, cancellationToken);
        return [.. result.Hits.Select(hit => names[hit.Id])];
    }

    /// <summary>A hit stands for the runs folded into it: they follow it.</summary>
    public static async Task<IReadOnlyList<string>> ExperienceAsync(AgentMemory memory, IReadOnlyDictionary<string, string> names, EvaluationQuery query, CancellationToken cancellationToken)
    {
        var result = await memory.RecallAsync(
            new() { Text = query.Text!, Context = new() { Domain = query.Dataset, Tags = query.Tags }, Limit = Depth, KeepReceipt = false }, cancellationToken);
        return [.. result.Hits.SelectMany(hit => hit.Similar.Prepend(hit.Id)).Select(id => names[id])];
    }

    public static async Task<IReadOnlyList<string>> NextToolAsync(AgentMemory memory, EvaluationQuery query, CancellationToken cancellationToken)
    {
        var advice = await memory.AdviseAsync(
            new()
            {
                Task = query.Text,
                Domain = query.Dataset,
                Tags = query.Tags,
                Tools = query.Prefix,
                Error = query.LastError ? query.LastObservation ?? "" : null,
                Observation = query.LastError ? null : query.LastObservation,
                Limit = Depth,
            },
            cancellationToken);
        return [.. advice.Next.Select(s => s.Action)];
    }

    public static async Task<IReadOnlyList<string>> RecoveryAsync(AgentMemory memory, EvaluationQuery query, CancellationToken cancellationToken)
    {
        var advice = await memory.AdviseAsync(
            new() { Task = query.Text, Domain = query.Dataset, Tags = query.Tags, Tools = query.Prefix, Error = query.Error ?? "", FailedAction = query.FailedAction, Limit = Depth }, cancellationToken);
        return [.. advice.Next.Select(s => s.Action)];
    }
}
