using System.Diagnostics;

namespace Afterwit.Storage;

/// <content>Many items at once, and what is forgotten.</content>
public sealed partial class SqlMemoryStore
{
    /// <summary>So many characters, with a hundred for each row, go into one transaction of a batch that may be split: what is prepared at a time fits in memory, and a server takes it.</summary>
    private const long PartCharacters = 12_000_000;

    private long _splitItems;
    private long _splitTicks;

    /// <summary>The most items of such a batch that go into one transaction.</summary>
    internal int PartItems { get; set; } = int.MaxValue;

    /// <summary>How many items of such batches were written, and the time that took.</summary>
    internal (long Items, double Nanoseconds) SplitBatches => (Interlocked.Read(ref _splitItems), Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _splitTicks)).TotalNanoseconds);

    /// <inheritdoc/>
    public async Task<BatchResult> WriteBatchAsync(MemoryBatch batch, BatchOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(options);
        var ledger = new BatchLedger(batch);
        if (options.Atomic)
            ledger.ThrowIfAnyFailed();
        foreach (var part in options.Atomic ? [new Range(0, ledger.Count)] : ledger.Parts(PartCharacters, PartItems))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            await new BatchWriter(this, ledger, part, _time.GetUtcNow(), NextWrite()).WriteAsync(options.Atomic, cancellationToken).ConfigureAwait(false);
            if (!options.Atomic)
            {
                Interlocked.Add(ref _splitItems, part.End.Value - part.Start.Value);
                Interlocked.Add(ref _splitTicks, Stopwatch.GetTimestamp() - start);
            }

            options.Progress?.Report(part.End.Value);
        }

        return ledger.Result;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Episode?>> GetEpisodesAsync(IReadOnlyList<EpisodeId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count == 0)
            return [];
        var found = new WholeEpisodes(_payloads);
        await found.ReadAsync(Database, [.. ids.Select(id => new KnownEpisode(id))], [], cancellationToken).ConfigureAwait(false);
        return [.. ids.Select(found.Get)];
    }

    /// <inheritdoc/>
    public async Task<bool> ForgetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken) =>
        (await WriteBatchAsync(new() { Forgotten = [id] }, BatchOptions.Default, cancellationToken).ConfigureAwait(false)).Forgotten[0].Outcome == BatchOutcome.Removed;
}
