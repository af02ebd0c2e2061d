namespace Afterwit.Storage;

/// <summary>
/// The codec of one store and its dictionaries. The current dictionary comes along when the store is opened; others when a payload names one. A new one is trained from the store's
/// own packs when enough are new, behind the write that says so and never on a caller's path.
/// </summary>
internal sealed class Payloads : IDisposable
{
    /// <summary>In SQL: what new payloads are written with. Of two that were trained at the same time, the later one.</summary>
    private const string CurrentSql = "SELECT id, content, ratio, packs FROM dictionaries ORDER BY id DESC LIMIT 1";

    /// <summary>The most payloads that a dictionary is learned from, spread over the store.</summary>
    private const int Samples = 1_000;

    /// <summary>The part of a payload that is learned from: a few long ones must not be all there is.</summary>
    private const int SampleBytes = 8 << 10;

    /// <summary>
    /// A dictionary is only trained again when the store holds so many times the packs it had the last time. It bounds how many there can be: none is ever removed, since
    /// another process may be writing with it.
    /// </summary>
    private const double Growth = 1.5;

    private readonly IDatabase _database;
    private readonly TimeProvider _time;
    private readonly bool _trains;
    private readonly Lock _starting = new();
    private Task _training = Task.CompletedTask;
    private long _trainAt;
    private long _failedTrainings;

    /// <summary>Before the database is read.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public Payloads(IDatabase database, CompressionOptions options, TimeProvider time)
    {
        (_database, _time) = (database, time);
        Codec = new(options);
        _trains = options.Dictionaries;
    }

    /// <summary>Encodes and decodes.</summary>
    public PayloadCodec Codec { get; }

    /// <summary>The dictionary that payloads are written with, for a read that is made anyway. The table has to be there.</summary>
    public Query Current => new(CurrentSql, [], row => Learn(row));

    /// <summary>The number of the dictionary that payloads are written with; 0 without one.</summary>
    public int CurrentId { get; private set; }

    /// <summary>How often a training behind a write failed since the store was opened.</summary>
    public long FailedTrainings => Interlocked.Read(ref _failedTrainings);

    /// <summary>Has the dictionaries ready that payloads name: one read more when another process trained one since, otherwise none. What is wrong with a payload, its decoding says.</summary>
    public async ValueTask PrepareAsync(IEnumerable<StoredPack> packs, CancellationToken cancellationToken)
    {
        HashSet<int>? missing = null;
        foreach (var pack in packs)
        {
            if (MissingDictionary(pack) is { } id)
                (missing ??= []).Add(id);
        }

        if (missing is null)
            return;
        await _database.ReadAsync(
            [
                new("SELECT d.id, d.content FROM json_each(?1) j JOIN dictionaries d ON d.id = j.value", [StoreJson.Numbers(missing.Select(id => (long)id))],
                    row => Codec.AddDictionary((int)row.GetInt64(0), PayloadKind.Episode, row.GetBlob(1), current: false)),
            ],
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a unit of work, and looks behind it whether it is time to train.</summary>
    public async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unit, CancellationToken cancellationToken)
    {
        var results = await _database.WriteAsync(unit, cancellationToken).ConfigureAwait(false);
        var (packs, enough) = (PackCommands.New(unit, results), CurrentId == 0 ? DictionaryPolicy.FirstPayloads : DictionaryPolicy.Window);
        if (packs < enough)
            return results;
        lock (_starting)
        {
            if (packs >= _trainAt && _training.IsCompleted)
                _training = Task.Run(() => TrainBehindAsync(packs + enough), CancellationToken.None);
        }

        return results;
    }

    /// <summary>Trains a dictionary when there is none or the ratio has drifted.</summary>
    /// <returns>Whether a new one is in use.</returns>
    public async Task<bool> TrainWhenDueAsync(CancellationToken cancellationToken)
    {
        if (!_trains || Codec.Effective(PayloadKind.Episode).Codec != PayloadCodecKind.Zstd)
            return false;
        var before = CurrentId;
        var (ratio, packsThen, packs, decisions) = (0.0, 0L, 0L, 0L);
        var state = default(DictionaryState);
        await _database.ReadAsync(
            [
                new(CurrentSql, [], row => (ratio, packsThen) = Learn(row)),
                new("SELECT packs, decisions, new_packs, new_raw_bytes, new_stored_bytes FROM totals", [], row =>
                    (packs, decisions, state) = (row.GetInt64(0), row.GetInt64(1), new(CurrentId != 0, row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), ratio))),
            ],
            cancellationToken).ConfigureAwait(false);
        var (due, next) = DictionaryPolicy.Judge(state);
        var content = due && packs >= packsThen * Growth ? ZstdDictionary.Train(await SampleAsync(cancellationToken).ConfigureAwait(false)) : null;
        if (content is not null)
        {
            await DecideAsync(state, decisions, new("INSERT INTO dictionaries(content, packs, trained_at) VALUES (?1, ?2, ?3)", content, packs, _time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
            await _database.ReadAsync([Current], cancellationToken).ConfigureAwait(false);
        }
        else if (next != state)
        {
            await DecideAsync(state, decisions, new("UPDATE dictionaries SET ratio = ?2 WHERE id = ?1", CurrentId, next.BestRatio), cancellationToken).ConfigureAwait(false);
        }

        return CurrentId != before;
    }

    /// <summary>Waits for a training that is under way.</summary>
    public Task TrainedAsync() => _training;

    public void Dispose() => Codec.Dispose();

    private int? MissingDictionary(StoredPack pack)
    {
        try
        {
            return Codec.MissingDictionary(pack.Payload);
        }
        catch (DatabaseException)
        {
            return null; // without a sound header it names none
        }
    }

    /// <param name="again">When it fails: at so many new packs it is tried again, rather than at each write.</param>
    private async Task TrainBehindAsync(long again)
    {
        try
        {
            await TrainWhenDueAsync(CancellationToken.None).ConfigureAwait(false);
            Volatile.Write(ref _trainAt, 0);
        }
        catch (AfterwitException)
        {
            // Nothing is lost: what is written goes on as it was.
            Volatile.Write(ref _trainAt, again);
            Interlocked.Increment(ref _failedTrainings);
        }
    }

    /// <summary>Writes down what was decided, unless another process decided since, or a try of our own whose answer was lost: each decision has its number. What was new is no longer.</summary>
    private async Task DecideAsync(DictionaryState state, long decisions, Command outcome, CancellationToken cancellationToken)
    {
        try
        {
            await _database.WriteAsync(
                [
                    new(
                        "UPDATE totals SET decisions = decisions + 1, new_packs = new_packs - ?1, new_raw_bytes = new_raw_bytes - ?2, new_stored_bytes = new_stored_bytes - ?3 WHERE decisions = ?4",
                        state.Payloads, state.RawBytes, state.StoredBytes, decisions) { EachChangesOne = true },
                    outcome,
                ],
                cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            // Decided already.
        }
    }

    private async Task<List<ReadOnlyMemory<byte>>> SampleAsync(CancellationToken cancellationToken)
    {
        var (keys, packs) = (new List<long>(), new List<StoredPack>());
        await _database.ReadAsync(
            [
                new(
                    """
                    WITH RECURSIVE span(first, last) AS (SELECT (SELECT min(key) FROM step_packs), (SELECT max(key) FROM step_packs)),
                        place(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n + 1 < ?1),
                        chosen(key) AS (SELECT DISTINCT (SELECT min(p.key) FROM step_packs p WHERE p.key >= first + CAST((last - first) * (n / (?1 - 1.0)) AS INTEGER)) FROM place, span)
                    SELECT key FROM chosen WHERE key IS NOT NULL
                    """,
                    [Samples], row => keys.Add(row.GetInt64(0))),
            ],
            cancellationToken).ConfigureAwait(false);
        await _database.ReadInPartsAsync(keys, some => [PackQueries.ByKey(some, packs.Add)], alone: null, cancellationToken).ConfigureAwait(false);
        await PrepareAsync(packs, cancellationToken).ConfigureAwait(false);
        var samples = new List<ReadOnlyMemory<byte>>(packs.Count);
        foreach (var pack in packs)
        {
            try
            {
                var raw = Codec.Decode(PayloadKind.Episode, pack.Payload);
                samples.Add(raw.Length <= SampleBytes ? raw : raw[..SampleBytes]); // a copy: the rest is not kept
            }
            catch (DatabaseException)
            {
                // One that cannot be decoded teaches nothing; who reads it is told, and so is who compresses.
            }
        }

        return samples;
    }

    private (double Ratio, long Packs) Learn(IRow row)
    {
        CurrentId = (int)row.GetInt64(0);
        Codec.AddDictionary(CurrentId, PayloadKind.Episode, row.GetBlob(1), current: true);
        return (row.GetDouble(2), row.GetInt64(3));
    }
}
