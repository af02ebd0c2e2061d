namespace Afterwit.Cli.Demo;

/// <summary>How a run of one question went.</summary>
internal readonly record struct Run(bool Solved, int Steps, int Errors);

/// <summary>An agent with a fixed policy. With a memory it tells it every step; with recall it also asks it before every step.</summary>
/// <param name="demo">Null for an agent without one.</param>
/// <param name="recall">False: the memory is told everything and asked nothing.</param>
internal sealed class ScriptedAgent(DemoMemory? demo, bool recall)
{
    /// <summary>The domain in which it learns where the memory is its own.</summary>
    public const string Domain = "sql-demo";

    private readonly AgentMemory? _memory = demo?.Memory;

    /// <summary>Works on a question until it hands in an answer or gives up.</summary>
    /// <param name="question">The question.</param>
    /// <param name="random">The agent's own draws.</param>
    /// <param name="trust">In which share of its steps it asks the memory; in the others it follows its own inclination and finds out what comes of it.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public async Task<Run> WorkAsync(Question question, Random random, double trust, CancellationToken cancellationToken)
    {
        var bench = new Workbench(question, new Random(random.Next()));
        var episode = _memory is null ? default : await _memory.StartAsync(question.Text, new(Project: "demo"), new() { Domain = demo!.Domain, Framework = "sqlite" }, cancellationToken: cancellationToken);
        var tools = new List<string>();
        Deed? last = null;
        var errors = 0;
        while (!bench.IsSubmitted && tools.Count < Policy.Budget)
        {
            var asks = random.NextDouble() < trust;
            var inclinations = Policy.Inclinations(bench, tools.LastOrDefault(), last?.IsError == true, random);
            var tool = Policy.Decide(inclinations, _memory is not null && recall && asks ? await AskAsync(question, tools, last, cancellationToken) : null, bench);
            var deed = bench.Use(tool);
            tools.Add(tool);
            errors += deed.IsError ? 1 : 0;
            last = deed;
            if (_memory is not null)
                await _memory.LogAsync(episode, Step.ToolCall(tool, deed.Arguments, deed.Observation, deed.IsError), cancellationToken);
        }

        if (_memory is not null)
            await _memory.CompleteAsync(episode, OutcomeOf(bench), cancellationToken);
        return new(bench.IsSolved, tools.Count, errors);
    }

    private static Outcome OutcomeOf(Workbench bench) =>
        bench.IsSolved ? Outcome.Success("the right answer") : Outcome.Failure(bench.IsSubmitted ? "a wrong answer" : $"no answer after {Policy.Budget} steps");

    private Task<Advice> AskAsync(Question question, List<string> tools, Deed? last, CancellationToken cancellationToken) => _memory!.AdviseAsync(
        new()
        {
            Task = question.Text,
            Domain = demo!.Domain,
            Tools = [.. tools],
            Error = last is { IsError: true } ? last.Value.Observation : null,
            FailedAction = last is { IsError: true } ? last.Value.Arguments : null,
            Observation = last is { IsError: false } ? last.Value.Observation : null,
            Limit = 10,
        },
        cancellationToken);
}
