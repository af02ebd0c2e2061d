using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Demo;

/// <summary>Shows how far the demo is: moving bars where a person watches, a line for each finished round elsewhere.</summary>
internal static class ProgressView
{
    /// <summary>Runs the experiment and shows it.</summary>
    public static async Task<Result> ShowAsync(Output output, Experiment experiment, int seeds, int tasks, CancellationToken cancellationToken)
    {
        if (!Output.IsWatched)
            return await experiment.RunAsync(new Lines(output.Notes, tasks), cancellationToken);
        var progress = output.Notes.Progress().AutoClear(enabled: true).Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn());
        return await progress.StartAsync(context =>
        {
            var bars = Enumerable.Range(1, seeds).Select(seed => context.AddTask($"seed {seed}", maxValue: tasks * Enum.GetValues<Phase>().Length)).ToList();
            return experiment.RunAsync(new Bars(bars), cancellationToken);
        });
    }

    private static string InWords(Standing standing)
    {
        var phase = standing.Phase switch
        {
            Phase.Learning => "round 1, learning",
            Phase.Without => "round 2, without memory",
            _ => "round 2, with memory",
        };
        return $"seed {standing.Seed}  {phase,-23}  {standing.Tally.Solved} of {standing.Tally.Tasks} solved, {standing.Tally.Steps} steps, {standing.Tally.Errors} errors";
    }

    private sealed class Bars(List<ProgressTask> bars) : IProgress<Standing>
    {
        public void Report(Standing value)
        {
            var bar = bars[value.Seed - 1];
            bar.Description = InWords(value);
            bar.Increment(1);
        }
    }

    private sealed class Lines(IAnsiConsole console, int tasks) : IProgress<Standing>
    {
        private readonly Lock _oneAtATime = new();

        public void Report(Standing value)
        {
            if (value.Tally.Tasks < tasks)
                return;
            lock (_oneAtATime)
                console.WriteLine(InWords(value));
        }
    }
}
