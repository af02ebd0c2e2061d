namespace Afterwit;

/// <summary>A text kept for recall: an episode in which nothing was done, so that it teaches nothing about doing things.</summary>
internal static class Notes
{
    private const string Speaker = "note";

    /// <summary>A part of a note.</summary>
    public static Step Part(string text) => Step.Message(Speaker, text);

    /// <summary>Whether an episode is a note: all it holds are parts of one.</summary>
    public static bool IsNote(Episode episode) => episode.Steps.Count > 0 && episode.Steps.All(step => step is { Kind: StepKind.Message, Speaker: Speaker });
}
