using System.CommandLine;
using Afterwit.Cli.Terminal;
using Spectre.Console;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit pattern show`: one pattern with its agents and evidence.</summary>
internal static class PatternShowCommand
{
    public static Command Create()
    {
        var command = new Command("show", "Show one pattern with its counts for each agent and the episodes that show it.") { PatternCommand.Id };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var context = new CommandContext(parsed);
        var id = PatternId.Parse(parsed.GetValue(PatternCommand.Id));
        await using var memory = await context.OpenAsync(cancellationToken);
        var pattern = await memory.Store.GetPatternAsync(id, cancellationToken) ?? throw PatternForgetCommand.NotFound(id);
        if (context.Output.Json)
            Output.WriteJson(PatternJson.OfWhole(pattern), LessonJsonContext.Default.PatternJson);
        else
            Print(context.Output.People, pattern);
        return ExitCode.Done;
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
