using System.CommandLine;
using Afterwit.Cli.Configuration;
using Afterwit.Cli.Terminal;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli;

/// <summary>What a command works with: the settings, the memory, and where it prints.</summary>
internal sealed class CommandContext
{
    public CommandContext(ParseResult parsed)
    {
        Settings = Settings.Resolve(parsed);
        Output = new(parsed.GetValue(GlobalOptions.Json));
    }

    public Settings Settings { get; }

    public Output Output { get; }

    /// <summary>The clock of every command.</summary>
    public static TimeProvider Time => TimeProvider.System;

    /// <summary>Opens the memory that the settings name, for a command that ends at once: it has no use for what another process used most.</summary>
    public Task<AgentMemory> OpenAsync(CancellationToken cancellationToken)
    {
        Settings.Storage.Cache.WarmStart = false;
        return OpenToStayAsync(cancellationToken);
    }

    /// <summary>Opens the memory that the settings name, for a command that serves it for long.</summary>
    public Task<AgentMemory> OpenToStayAsync(CancellationToken cancellationToken) => AgentMemory.OpenAsync(Settings.Database, Settings.Storage, Time, cancellationToken);
}

/// <summary>What a command does when it is called.</summary>
internal static class CommandActions
{
    /// <summary>Gives a command what it does. It ends with <see cref="ExitCode.Done"/> unless that throws.</summary>
    public static Command Runs(this Command command, Func<ParseResult, CommandContext, CancellationToken, Task> run)
    {
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await run(parsed, new(parsed), cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Gives a command what it does without the settings or a memory.</summary>
    public static Command Runs(this Command command, Func<ParseResult, int> run)
    {
        command.SetAction(run);
        return command;
    }
}
