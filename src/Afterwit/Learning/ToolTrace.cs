namespace Afterwit;

/// <summary>A tool call, reduced to what tells states apart.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="IsError">It was answered with an error.</param>
/// <param name="IsBlank">It was answered with nothing; see <see cref="ErrorDetector.IsBlank"/>.</param>
/// <param name="Ordinal">Its place among all steps of the episode; -1 when the source does not say.</param>
public readonly record struct TraceStep(string Tool, bool IsError, bool IsBlank, int Ordinal = -1);

/// <summary>The tool calls of a finished episode in order, without those that read the memory.</summary>
/// <param name="Episode">The episode.</param>
/// <param name="Success">What the learner counts it as; null when it teaches neither.</param>
/// <param name="Steps">The calls.</param>
/// <param name="EndsWithMessage">True when its last step is a message: the run ended by saying so, not by a tool.</param>
public sealed record ToolTrace(EpisodeId Episode, bool? Success, IReadOnlyList<TraceStep> Steps, bool EndsWithMessage);
