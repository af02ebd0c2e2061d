using Afterwit.LibSql;

namespace Afterwit.Cli;

/// <summary>What a command ends with; scripts rely on the numbers.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int DatabaseUnreachable = 4;

    public static int Of(Exception e) => e switch
    {
        NotFoundException => NotFound,
        LibSqlServerException { Code: LibSqlAdmin.MissingNamespace } => NotFound,
        LibSqlServerException => Failed,
        DatabaseException or LibSqlException => DatabaseUnreachable,
        ArgumentException => Usage,
        _ => Failed,
    };
}
