using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit pattern show`: one pattern with its agents and evidence.</summary>
internal static class PatternShowCommand
{
    public static Command Create() =>
        new Command("show", "Show one pattern with its counts for each agent and the episodes that show it.") { PatternCommand.Id }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = PatternId.Parse(parsed.GetValue(PatternCommand.Id));
        await using var memory = await context.OpenAsync(cancellationToken);
        var pattern = await memory.Store.GetPatternAsync(id, cancellationToken) ?? throw PatternForgetCommand.NotFound(id);
        context.Output.Write(PatternJson.OfWhole(pattern), CliJson.Default.PatternJson, people => Print(people, pattern));
    }

    private static void Print(IAnsiConsole console, Pattern pattern)
    {
        console.Line(Ink.Bold(PatternText.Describe(pattern)));
        console.Line(Ink.Dim($"{pattern.Id} {Words.Of(pattern.Kind)}, {Words.Of(pattern.State)}, seen from {Words.Minute(pattern.FirstSeen)} to {Words.Minute(pattern.LastSeen)} UTC"));
        console.Line($"{Words.Many(pattern.Support, "run")}, {Words.Percent(pattern.SuccessRate)} succeeded, with 95 % confidence {Words.Range(pattern)}; the action itself failed in {Words.Count(pattern.Errors)}.");
        if (pattern.Agents.Count > 0)
        {
            console.Title("Agents");
            foreach (var agent in pattern.Agents)
                console.Line("  ", agent.Agent, $"  {agent.Successes} of {agent.Successes + agent.Failures} succeeded");
        }

        if (pattern.Evidence.Count > 0)
        {
            console.Title("Evidence");
            foreach (var evidence in pattern.Evidence)
                console.Line("  ", evidence.Success ? Ink.Good("succeeded") : Ink.Bad("failed   "), $"  {evidence.Episode}, step {evidence.Step}");
        }
    }
}
