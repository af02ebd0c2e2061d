namespace Afterwit.Storage;

/// <summary>What a stored payload holds.</summary>
public enum PayloadKind
{
    /// <summary>The steps and long texts of an episode.</summary>
    Episode = 0,

    /// <summary>A vector.</summary>
    Embedding = 1,
}
