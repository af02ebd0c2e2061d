namespace Afterwit.Storage;

/// <summary>What is measured of an open memory, and who may see it.</summary>
public sealed class MetricsOptions
{
    /// <summary>Whether <c>afterwit stats --watch</c> of the same user may read what this process does with the memory: counts and times, nothing of what is stored.</summary>
    /// <value>The default is true. It costs one socket that listens, once the memory has been open for a second; a memory that is kept in memory alone is never published.</value>
    public bool Publish { get; set; } = true;
}
