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

    public static Task<IReadOnlyList<string>> NextToolAsync(AgentMemory memory, EvaluationQuery query, CancellationToken cancellationToken)
    {
        AdviceRequest state = query.LastError ? new() { Error = query.LastObservation ?? "" } : new() { Observation = query.LastObservation };
        return AdviseAsync(memory, query, state, cancellationToken);
    }

    public static Task<IReadOnlyList<string>> RecoveryAsync(AgentMemory memory, EvaluationQuery query, CancellationToken cancellationToken) =>
        AdviseAsync(memory, query, new() { Error = query.Error ?? "", FailedAction = query.FailedAction }, cancellationToken);

    private static async Task<IReadOnlyList<string>> AdviseAsync(AgentMemory memory, EvaluationQuery query, AdviceRequest state, CancellationToken cancellationToken)
    {
        var advice = await memory.AdviseAsync(state with { Task = query.Text, Domain = query.Dataset, Tags = query.Tags, Tools = query.Prefix ?? [], Limit = Depth }, cancellationToken);
        return [.. advice.Next.Select(s => s.Action)];
    }
}
