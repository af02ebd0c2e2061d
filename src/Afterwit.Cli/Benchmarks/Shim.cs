namespace Afterwit.Cli.Benchmarks;

internal static class Shim { public static Task<Afterwit.BatchResult> WriteAsync(this AgentMemory memory, MemoryBatch batch, BatchOptions? options = null, CancellationToken cancellationToken = default) => memory.Store.WriteBatchAsync(batch with { Episodes = [.. batch.Episodes.Select(e => e with { Reward = Reward.Of(e.Outcome!, e.Steps) })] }, options ?? BatchOptions.Default, cancellationToken); }
