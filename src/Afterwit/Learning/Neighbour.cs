namespace Afterwit;

/// <summary>A finished run of a task like the one at hand.</summary>
/// <param name="Trace">Its tool calls.</param>
/// <param name="Similarity">How like the task is: its text score relative to the best one's, 0 to 1.</param>
/// <param name="SharesTag">It has a tag of the request, such as the same environment.</param>
public sealed record Neighbour(ToolTrace Trace, double Similarity, bool SharesTag);
