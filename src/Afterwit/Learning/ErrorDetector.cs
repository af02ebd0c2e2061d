namespace Afterwit;

/// <summary>Decides whether an observation is an error, for logs that do not say.</summary>
public static class ErrorDetector
{
    /// <summary>True when the text looks like an error.</summary>
    public static bool IsError(string? observation) => throw new NotSupportedException();

    /// <summary>True for an answer without content: nothing, or an empty JSON or Python value.</summary>
    public static bool IsBlank(string? observation) => throw new NotSupportedException();
}
