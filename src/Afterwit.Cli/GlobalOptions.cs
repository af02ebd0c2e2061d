using System.CommandLine;

namespace Afterwit.Cli;

/// <summary>The options that every command takes.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Database = new("--db")
    {
        Description = "The memory: a path, :memory:, or the URL of a server (libsql://, https://, ...). Default: AFTERWIT_DB, else LIBSQL_URL or TURSO_DATABASE_URL, else memory.db in the user's data folder.",
        HelpName = "PATH|URL",
        Recursive = true,
    };

    public static readonly Option<FileInfo?> Config = new("--config") { Description = "A settings file. Default: ./afterwit.json, then the user's.", HelpName = "FILE", Recursive = true };

    public static readonly Option<bool> Json = new("--json") { Description = "Print JSON on standard output, and everything else on standard error.", Recursive = true };

    public static IReadOnlyList<Option> All => [Database, Config, Json];
}
