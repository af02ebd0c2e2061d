namespace Afterwit.Cli.Terminal;

/// <summary>Values as people and JSON read them.</summary>
internal static class Words
{
    public static string Of(EpisodeStatus status) => status.ToString().ToLowerInvariant();
}
