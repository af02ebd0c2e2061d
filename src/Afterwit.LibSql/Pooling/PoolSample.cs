namespace Afterwit.LibSql;

/// <summary>What the pool saw since it last asked for its size.</summary>
/// <param name="PeakDemand">The most callers that held a stream or waited for one at the same moment.</param>
/// <param name="MeanInUse">Streams held, averaged over the time.</param>
/// <param name="Calls">Callers that asked for a stream.</param>
/// <param name="Waited">Those of them that found every open stream held.</param>
internal readonly record struct PoolSample(int PeakDemand, double MeanInUse, int Calls, int Waited);

/// <summary>How many streams the pool shall have open.</summary>
/// <param name="Size">The number of streams.</param>
/// <param name="Reason">Why it changed, in words for a log; null when it did not.</param>
internal readonly record struct SizingDecision(int Size, string? Reason);
