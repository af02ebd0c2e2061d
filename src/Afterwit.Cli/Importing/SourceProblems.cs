namespace Afterwit.Cli.Importing;

/// <summary>Says in plain words why a file could not be read, or not to its end.</summary>
internal static class SourceProblems
{
    public static string Reason(Exception exception) => exception switch
    {
        InvalidDataException => "the gzip data is damaged or ends early; what came before is kept",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file or folder",
        UnauthorizedAccessException => "it may not be read: permission denied",
        _ => $"it cannot be read: {exception.Message}",
    };
}
