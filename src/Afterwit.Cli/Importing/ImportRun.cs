namespace Afterwit.Cli.Importing;

/// <summary>Moves episodes from readers into a memory, in batches: while one is committed the next is read and learned.</summary>
internal static class ImportRun
{
    /// <summary>How many episodes are written at a time.</summary>
    public const int BatchSize = 250;

    /// <summary>Long episodes make a batch full earlier: the memory it takes stays bounded.</summary>
    private const int BatchCharacters = 4_000_000;

    /// <summary>Imports every record; what could not be stored is reported and skipped.</summary>
    /// <param name="memory">Null stores nothing.</param>
    /// <param name="records">From the readers.</param>
    /// <param name="report">Counts along.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="cancellationToken">Stops between batches; what was stored stays.</param>
    public static async Task RunAsync(AgentMemory? memory, IAsyncEnumerable<ImportRecord> records, ImportReport report, Action progress, CancellationToken cancellationToken)
    {
        var batch = new List<Episode>();
        var characters = 0L;
        var committing = Task.CompletedTask;
        await foreach (var record in records.WithCancellation(cancellationToken))
        {
            report.Add(record);
            if (record.Episode is not { } episode || memory is null)
                continue;
            batch.Add(episode);
            characters += SizeOf(episode);
            if (batch.Count < BatchSize && characters < BatchCharacters)
                continue;
            await committing;
            committing = StoreAsync(memory, batch, report, cancellationToken);
            (batch, characters) = ([], 0);
            progress();
        }

        await committing;
        if (memory is not null && batch.Count > 0)
            await StoreAsync(memory, batch, report, cancellationToken);
        report.Stop();
        progress();
    }

    private static long SizeOf(Episode episode) =>
        episode.Task.Length + episode.Steps.Sum(s => (long)(s.Text?.Length ?? 0) + (s.Arguments?.Length ?? 0) + (s.Observation?.Length ?? 0) + 100);

    private static async Task StoreAsync(AgentMemory memory, List<Episode> batch, ImportReport report, CancellationToken cancellationToken)
    {
        try
        {
            report.Add(await Task.Run(() => memory.ImportAsync(batch, batch.Count, cancellationToken), cancellationToken));
        }
        catch (Exception e) when (e is ArgumentException or BatchException && batch.Count > 1)
        {
            // One episode cannot be stored: find it, keep the others.
            foreach (var episode in batch)
                await StoreAsync(memory, [episode], report, cancellationToken);
        }
        catch (Exception e) when (e is ArgumentException or BatchException)
        {
            report.Add(ImportRecord.Broken(batch[0].SourceId ?? batch[0].Id.ToString(), e.Message));
        }
    }
}
