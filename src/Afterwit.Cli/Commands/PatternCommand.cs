using System.CommandLine;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit pattern`: the learned patterns, one by one.</summary>
internal static class PatternCommand
{
    public static readonly Argument<string> Id = new("ID") { Description = "The pattern: p and 16 hexadecimal digits. `afterwit pattern list` shows the ids." };

    public static Command Create() => new("pattern", "Look at the learned patterns, and withdraw one that misleads.")
    {
        PatternListCommand.Create(), PatternShowCommand.Create(), PatternForgetCommand.Create(),
    };
}
