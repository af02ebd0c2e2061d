namespace Afterwit;

/// <summary>Names the kind of an error from its text: the same for errors that differ only in names and numbers.</summary>
public static class ErrorClassifier
{
    /// <summary>The class of an error text.</summary>
    public static string Classify(string? observation) => throw new NotSupportedException();
}
