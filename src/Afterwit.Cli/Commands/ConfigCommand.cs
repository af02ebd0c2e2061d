using System.CommandLine;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit config`: the settings in effect.</summary>
internal static class ConfigCommand
{
    public static Command Create() => new("config", "Show the settings with their sources, write a settings file, or check everything that is set.")
    {
        ConfigShowCommand.Create(), ConfigInitCommand.Create(), ConfigCheckCommand.Create(),
    };
}
