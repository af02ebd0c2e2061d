using System.CommandLine;
using System.CommandLine.Parsing;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class UsageError
{
    /// <summary>What is wrong and what to do.</summary>
    public static string Describe(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = Path(parsed.CommandResult);
        var missing = command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is not { Tokens.Count: > 0 }).ToList();
        var what = (MistypedOption(parsed) ?? (parsed.UnmatchedTokens is [var first, ..] ? first : null)) is { } unknown ? DescribeUnknown(parsed, unknown)
            : command.Action is null && command.Subcommands.Count > 0 ? $"{NameOf(parsed)} needs a command: {Names(command)}."
            : missing.Count > 0 ? $"{NameOf(parsed)} needs {string.Join(" and ", missing.Select(a => a.Name))}: {missing[0].Description}"
            : string.Join(" ", parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal));
        return $"{what.ReplaceLineEndings(" ")} See `afterwit {(path.Length == 0 ? "" : path + " ")}--help`.";
    }

    /// <summary>A word that was taken for an argument and looks like an option, unless it stands behind --. Null when there is none.</summary>
    public static string? MistypedOption(ParseResult parsed)
    {
        var before = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        return parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).FirstOrDefault(t => t.Value is ['-', '-', _, ..] && before.Contains(t))?.Value;
    }

    private static string DescribeUnknown(ParseResult parsed, string unknown)
    {
        var command = parsed.CommandResult.Command;
        var shown = Words.Excerpt(unknown, 60);
        if (unknown is ['-', _, ..])
            return $"'{shown}' is not an option of {NameOf(parsed)}.{Nearest.Hint(unknown, OptionsOf(parsed.CommandResult))} A text that begins with - goes behind --, or as --option=TEXT.";
        return command.Action is null && command.Subcommands.Count > 0
            ? $"'{shown}' is not a command of {NameOf(parsed)}.{(Nearest.Hint(unknown, command.Subcommands.Select(c => c.Name)) is { Length: > 0 } hint ? hint : $" There are: {Names(command)}.")}"
            : $"'{shown}' is one argument too many for {NameOf(parsed)}: put a text with blanks in quotes.";
    }

    private static string NameOf(ParseResult parsed) => Path(parsed.CommandResult) is { Length: > 0 } path ? path : "afterwit";

    private static string Names(Command command) => string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name));

    private static IEnumerable<string> OptionsOf(CommandResult at) =>
        Upwards(at).SelectMany((result, distance) => result.Command.Options.Where(o => distance == 0 || o.Recursive).Select(o => o.Name));

    private static string Path(CommandResult at) => string.Join(' ', Upwards(at).Select(result => result.Command).Where(c => c is not RootCommand).Select(c => c.Name).Reverse());

    private static IEnumerable<CommandResult> Upwards(CommandResult at)
    {
        for (var result = at; result is not null; result = result.Parent as CommandResult)
            yield return result;
    }
}
