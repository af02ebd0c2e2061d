namespace Afterwit;

/// <summary>By what the result of a computation over the memory may be kept. Compared by ordinal: what differs in case alone is not the same.</summary>
/// <param name="Kind">The computation, such as recall.</param>
/// <param name="Text">All of its arguments, written so that different ones never give the same text: see <see cref="KeyText"/>.</param>
/// <param name="Domain">The only domain whose episodes and patterns it reads, while it reads no edges. Null when it reads others, too.</param>
/// <param name="Project">The only project whose episodes it reads, while it reads no pattern. Null when it reads others, too.</param>
public sealed record ResultKey(string Kind, string Text, string? Domain, string? Project = null);
