using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit pattern forget`: withdraws a pattern, or puts it back.</summary>
internal static class PatternForgetCommand
{
    private static readonly Option<bool> Restore = new("--restore") { Description = "Put a withdrawn pattern back." };

    public static Command Create() =>
        new Command("forget", "Withdraw a pattern: it is still counted, and never used. --restore puts it back.") { PatternCommand.Id, Restore }.Runs(RunAsync);

    public static NotFoundException NotFound(PatternId id) => new($"There is no pattern {id}. `afterwit pattern list` shows what there is.");

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = PatternId.Parse(parsed.GetValue(PatternCommand.Id));
        await using var memory = await context.OpenAsync(cancellationToken);
        if (!await memory.Store.RetirePatternAsync(id, !parsed.GetValue(Restore), cancellationToken))
            throw NotFound(id);
        var pattern = await memory.Store.GetPatternAsync(id, cancellationToken) ?? throw NotFound(id);
        context.Output.Write(
            new(id.ToString(), Words.Of(pattern.State)), CliJson.Default.PatternStateJson,
            people => people.Line($"{id} is {Words.Of(pattern.State)} now: ", PatternText.Describe(pattern)));
    }
}
