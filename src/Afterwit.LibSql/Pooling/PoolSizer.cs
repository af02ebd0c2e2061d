namespace Afterwit.LibSql.Pooling;

internal readonly record struct PoolSample(int PeakDemand, double MeanInUse, int Calls, int Waited);

internal readonly record struct SizingDecision(int Size, string? Reason);

internal sealed class PoolSizer(TimeProvider time, int min, int max)
{
    public SizingDecision Observe(in PoolSample sample) => new(sample.Waited > 0 ? max : min, time is null ? "" : null);
}
