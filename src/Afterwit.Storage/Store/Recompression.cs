namespace Afterwit.Storage;

/// <summary>What <see cref="SqlMemoryStore.CompressAsync"/> did, or would do.</summary>
/// <param name="Packed">Episodes whose steps had a row each, and are packed now.</param>
/// <param name="Recompressed">Packs that were stored with another codec or dictionary.</param>
/// <param name="Skipped">Episodes and packs that another process changed meanwhile.</param>
/// <param name="Unreadable">Packs that were left as they are, since their codec or their dictionary is missing or they are damaged.</param>
/// <param name="BytesBefore">What was packed or recompressed, in bytes, before; steps with a row each count as a pack that is not compressed.</param>
/// <param name="BytesAfter">The same, after.</param>
public sealed record RecompressionReport(long Packed, long Recompressed, long Skipped, long Unreadable, long BytesBefore, long BytesAfter);

/// <summary>Brings everything that is stored to the present settings, in transactions of a hundred episodes. Stopped at any point, each episode is whole, and the next run goes on.</summary>
internal sealed class Recompression(IDatabase database, Payloads payloads, CompressionOptions options, bool dryRun, IProgress<double>? progress)
{
    /// <summary>Episodes or packs in one transaction.</summary>
    private const int BatchSize = 100;

    /// <summary>Their steps: memory stays bounded.</summary>
    private const int BatchSteps = 5_000;

    private RecompressionReport _report = new(0, 0, 0, 0, 0, 0);
    private double _last = 1;

    /// <summary>Packs that are read at a time: fewer than a transaction may hold, where so many are more than a server sends in one answer.</summary>
    private int _packs = BatchSize;

    /// <summary>Packs what has a row for each step, trains a dictionary when it is time, and writes all packs anew that were not written so.</summary>
    public async Task<RecompressionReport> RunAsync(CancellationToken cancellationToken)
    {
        await database.ReadAsync([new("SELECT coalesce(max(key), 0) + 1 FROM episodes", [], row => _last = row.GetInt64(0))], cancellationToken).ConfigureAwait(false);
        for (long? key = 0; key is { } after;)
            key = await PackAsync(after, cancellationToken).ConfigureAwait(false);
        if (!dryRun)
            await payloads.TrainWhenDueAsync(cancellationToken).ConfigureAwait(false);
        for (long? key = long.MinValue; key is { } after;)
            key = await RecompressAsync(after, cancellationToken).ConfigureAwait(false);
        progress?.Report(1);
        return _report;
    }

    /// <summary>The next episodes that were stored by an earlier release.</summary>
    private async Task<long?> PackAsync(long after, CancellationToken cancellationToken)
    {
        var ids = new List<EpisodeId>();
        var (last, steps) = (after, 0L);
        await database.ReadAsync(
            [
                new($"SELECT e.key, e.id, {EpisodeQueries.StepCount} FROM episodes e WHERE e.key > ?1 AND e.status <> 0 AND e.step_count IS NULL ORDER BY e.key LIMIT {BatchSize}", [after], row =>
                {
                    if (ids.Count > 0 && steps + row.GetInt64(2) > BatchSteps)
                        return;
                    ids.Add(EpisodeQueries.Id(row, 1));
                    (last, steps) = (row.GetInt64(0), steps + row.GetInt64(2));
                }),
            ],
            cancellationToken).ConfigureAwait(false);
        if (ids.Count == 0)
            return null;

        var versions = new Dictionary<EpisodeId, StoredVersion>();
        var found = new WholeEpisodes(payloads);
        await found.ReadAsync(database, ids.ConvertAll(id => new KnownEpisode(id)), [EpisodeQueries.Versions(ids, versions.Add)], cancellationToken).ConfigureAwait(false);
        List<Episode> episodes = [.. ids.Select(found.Get).OfType<Episode>()];
        foreach (var (written, changes) in await WriteAsync(episodes, group => PackedUnit(group, versions), cancellationToken).ConfigureAwait(false))
            _report = _report with { Packed = _report.Packed + written.Count, BytesBefore = _report.BytesBefore + changes.Before, BytesAfter = _report.BytesAfter + changes.After };
        progress?.Report(last / _last / 2);
        return last;
    }

    private Change PackedUnit(IReadOnlyList<Episode> episodes, Dictionary<EpisodeId, StoredVersion> versions)
    {
        Command guard = new(
            "UPDATE episodes SET step_count = ?2, summary = NULL, reward_parts = NULL, reflection = NULL WHERE id = ?1 AND step_count IS NULL AND status = ?3 AND write_id IS ?4",
            [.. episodes.Select(e => new SqlValue[] { e.Id.Value, e.Steps.Count, (long)e.Status, versions[e.Id].WriteId })])
        { EachChangesOne = true };
        List<Command> insert = [.. PackCommands.Insert(episodes, payloads.Codec)];
        var (before, stored) = PackCommands.BytesOf(insert);
        return new([guard, EpisodeCommands.DeleteStepRows([.. episodes.Select(e => new SqlValue[] { e.Id.Value })]), .. insert], before, stored);
    }

    /// <summary>The next packs that are not written as one would be now.</summary>
    private async Task<long?> RecompressAsync(long after, CancellationToken cancellationToken)
    {
        var packs = new List<(StoredPack Pack, EpisodeId Episode, SqlValue WriteId)>();
        try
        {
            await database.ReadAsync(
                [
                    new(
                        """
                        SELECT p.key, p.payload, e.id, e.write_id FROM step_packs p JOIN episodes e ON e.key = p.key >> 20
                        WHERE p.key > ?1 AND substr(p.payload, 1, length(?2)) <> ?2 AND NOT (p.raw_bytes < ?3 AND substr(p.payload, 1, 1) = x'00') ORDER BY p.key LIMIT ?4
                        """,
                        [after, Prefix(), options.Threshold, _packs],
                        row => packs.Add((new(row.GetInt64(0), row.GetBlob(1)), EpisodeQueries.Id(row, 2), row.IsNull(3) ? SqlValue.Null : row.GetInt64(3)))),
                ],
                cancellationToken).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (LibSqlDatabase.IsTooLarge(e) && _packs > 1)
        {
            _packs /= 2;
            return after;
        }

        if (packs.Count == 0)
            return null;

        await payloads.PrepareAsync(packs.Select(p => p.Pack), cancellationToken).ConfigureAwait(false);
        var changed = new List<Rewritten>();
        foreach (var (pack, episode, writeId) in packs)
        {
            try
            {
                var payload = payloads.Codec.Encode(PayloadKind.Episode, payloads.Codec.Decode(PayloadKind.Episode, pack.Payload));
                if (PayloadHeader.Read(payload, out _) != PayloadHeader.Read(pack.Payload, out _))
                    changed.Add(new(pack, payload, episode, writeId));
            }
            catch (DatabaseException)
            {
                _report = _report with { Unreadable = _report.Unreadable + 1 };
            }
        }

        foreach (var (written, changes) in await WriteAsync(changed, RecompressedUnit, cancellationToken).ConfigureAwait(false))
            _report = _report with { Recompressed = _report.Recompressed + written.Count, BytesBefore = _report.BytesBefore + changes.Before, BytesAfter = _report.BytesAfter + changes.After };
        progress?.Report(0.5 + (StepKey.Episode(packs[^1].Pack.Key) / _last / 2));
        return packs[^1].Pack.Key;
    }

    private static Change RecompressedUnit(IReadOnlyList<Rewritten> packs)
    {
        var (before, after) = (packs.Sum(p => (long)p.Old.Payload.Length), packs.Sum(p => (long)p.Payload.Length));
        return new(
            [
                new("UPDATE episodes SET status = status WHERE id = ?1 AND write_id IS ?2", [.. packs.DistinctBy(p => p.Episode).Select(p => new SqlValue[] { p.Episode.Value, p.WriteId })]) { EachChangesOne = true },
                new("UPDATE step_packs SET payload = ?2 WHERE key = ?1 AND length(payload) = ?3", [.. packs.Select(p => new SqlValue[] { p.Old.Key, p.Payload, p.Old.Payload.Length })]) { EachChangesOne = true },
                new("UPDATE totals SET stored_bytes = stored_bytes + ?1", after - before),
            ],
            before, after);
    }

    /// <summary>Writes a group; when something in it was changed by another process, one after the other, without what was changed.</summary>
    private async Task<IReadOnlyList<(IReadOnlyList<T> Written, Change Change)>> WriteAsync<T>(IReadOnlyList<T> group, Func<IReadOnlyList<T>, Change> unitOf, CancellationToken cancellationToken)
    {
        if (group.Count == 0)
            return [];
        var change = unitOf(group);
        if (dryRun)
            return [(group, change)];
        try
        {
            await payloads.WriteAsync(change.Unit, cancellationToken).ConfigureAwait(false);
            return [(group, change)];
        }
        catch (ConflictException) when (group.Count > 1)
        {
            var written = new List<(IReadOnlyList<T>, Change)>();
            foreach (var item in group)
                written.AddRange(await WriteAsync([item], unitOf, cancellationToken).ConfigureAwait(false));
            return written;
        }
        catch (ConflictException)
        {
            _report = _report with { Skipped = _report.Skipped + 1 };
            return [];
        }
    }

    /// <summary>What a payload begins with that is written now, up to its length.</summary>
    private byte[] Prefix()
    {
        Span<byte> header = stackalloc byte[PayloadHeader.MaxLength];
        var codec = payloads.Codec.Effective(PayloadKind.Episode).Codec;
        var length = new PayloadHeader(codec, codec == PayloadCodecKind.Zstd && options.Dictionaries ? payloads.CurrentId : 0, 0).Write(header);
        return header[..(codec == PayloadCodecKind.None ? length : length - 1)].ToArray();
    }

    private sealed record Change(IReadOnlyList<Command> Unit, long Before, long After);

    private sealed record Rewritten(StoredPack Old, byte[] Payload, EpisodeId Episode, SqlValue WriteId);
}
