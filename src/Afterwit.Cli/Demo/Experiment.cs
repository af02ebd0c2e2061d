using System.Diagnostics;
using Afterwit.Cli.Configuration;

namespace Afterwit.Cli.Demo;

/// <summary>Tasks, how many were solved, and what they cost.</summary>
internal readonly record struct Tally(int Tasks, int Solved, int Steps, int Errors)
{
    public static Tally operator +(Tally a, Tally b) => new(a.Tasks + b.Tasks, a.Solved + b.Solved, a.Steps + b.Steps, a.Errors + b.Errors);

    public static Tally operator +(Tally a, Run run) => new(a.Tasks + 1, a.Solved + (run.Solved ? 1 : 0), a.Steps + run.Steps, a.Errors + run.Errors);
}

/// <summary>A part of the experiment.</summary>
internal enum Phase
{
    Learning,
    Without,
    With,
}

/// <summary>How far a seed is.</summary>
internal readonly record struct Standing(int Seed, Phase Phase, Tally Tally);

/// <summary>What came of one seed.</summary>
internal sealed record SeedResult(int Seed, Tally Learning, Tally Without, Tally With);

/// <summary>What came of all.</summary>
internal sealed record Result(IReadOnlyList<SeedResult> Seeds, IReadOnlyList<Lesson> Lessons, TimeSpan Took)
{
    public Tally Learning => Seeds.Aggregate(default(Tally), (sum, s) => sum + s.Learning);

    public Tally Without => Seeds.Aggregate(default(Tally), (sum, s) => sum + s.Without);

    public Tally With => Seeds.Aggregate(default(Tally), (sum, s) => sum + s.With);
}

/// <summary>
/// The experiment. For each seed: round 1 fills an empty memory; round 2 asks new questions about new databases twice, without and with that memory, which goes on learning. Both arms of round 2
/// have the same questions, the same agent and the same random draws.
/// </summary>
/// <param name="seeds">How many seeds; each has its own memory.</param>
/// <param name="tasks">How many questions a round has.</param>
/// <param name="recall">False switches the asking off in the arm with a memory.</param>
/// <param name="keep">Where the memory of the first seed stays. Null: nowhere.</param>
/// <param name="server">The settings of the server that the memories are on. Null: they are files.</param>
internal sealed class Experiment(int seeds, int tasks, bool recall = true, string? keep = null, Settings? server = null)
{
    /// <summary>In round 1 the agent follows advice in half of its steps: who only follows never learns what else there is.</summary>
    private const double TrustWhileLearning = 0.5;

    /// <summary>Runs all seeds, as many at a time as there are cores.</summary>
    public async Task<Result> RunAsync(IProgress<Standing>? progress, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await World.LoadEngineAsync();
        await using var memories = new DemoMemories(keep, server);
        using var plan = new Plan(seeds, tasks);
        for (var seed = 1; seed <= seeds; seed++)
            await memories.OpenAsync(cancellationToken);
        var results = new SeedResult[seeds];
        var asManyAsCores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(plan.Seeds, asManyAsCores, async (seed, token) => results[seed.Seed - 1] = await RunSeedAsync(seed, memories.All[seed.Seed - 1], progress, token));
        return new(results, await Lesson.OfAsync(memories.All, cancellationToken), Stopwatch.GetElapsedTime(started));
    }

    private async Task<SeedResult> RunSeedAsync(SeedPlan plan, DemoMemory memory, IProgress<Standing>? progress, CancellationToken cancellationToken)
    {
        var (alone, remembering) = (new ScriptedAgent(null, recall: false), new ScriptedAgent(memory, recall));
        var learning = await RoundAsync(Phase.Learning, plan.Learning, remembering, TrustWhileLearning);
        var without = await RoundAsync(Phase.Without, plan.Test, alone, 1);
        var with = await RoundAsync(Phase.With, plan.Test, remembering, 1);
        return new(plan.Seed, learning, without, with);

        async Task<Tally> RoundAsync(Phase phase, IReadOnlyList<Question> questions, ScriptedAgent agent, double trust)
        {
            var tally = default(Tally);
            for (var i = 0; i < questions.Count; i++)
            {
                // The draws depend on the question alone, not on what came before it: both arms draw the same.
                var random = new Random((plan.Seed * 100_000) + (phase == Phase.Learning ? 0 : 50_000) + i);
                tally += await agent.WorkAsync(questions[i], random, trust, cancellationToken);
                progress?.Report(new(plan.Seed, phase, tally));
            }

            return tally;
        }
    }
}
