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
    private Task _training = Task.CompletedTask;

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
        if (PackCommands.New(unit, results) >= (CurrentId == 0 ? DictionaryPolicy.FirstPayloads : DictionaryPolicy.Window) && _training.IsCompleted)
            _training = Task.Run(TrainBehindAsync, CancellationToken.None);
        return results;
    }

    /// <summary>Trains a dictionary when there is none or the ratio has drifted.</summary>
    /// <returns>Whether a new one is in use.</returns>
    public async Task<bool> TrainWhenDueAsync(CancellationToken cancellationToken)
    {
        if (!_trains || Codec.Effective(PayloadKind.Episode).Codec != PayloadCodecKind.Zstd)
            return false;
        var before = CurrentId;
        var (ratio, packsThen, packs) = (0.0, 0L, 0L);
        var state = default(DictionaryState);
        await _database.ReadAsync(
            [
                new(CurrentSql, [], row => (ratio, packsThen) = Learn(row)),
                new("SELECT packs, new_packs, new_raw_bytes, new_stored_bytes FROM totals", [], row =>
                    (packs, state) = (row.GetInt64(0), new(CurrentId != 0, row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), ratio))),
            ],
            cancellationToken).ConfigureAwait(false);
        var (due, next) = DictionaryPolicy.Judge(state);
        var content = due && packs >= packsThen * Growth ? ZstdDictionary.Train(await SampleAsync(cancellationToken).ConfigureAwait(false)) : null;
        if (content is not null)
            await AddAsync(content, packs, state, cancellationToken).ConfigureAwait(false);
        else if (next != state)
            await _database.WriteAsync([Decided(state), new("UPDATE dictionaries SET ratio = ?2 WHERE id = ?1", CurrentId, next.BestRatio)], cancellationToken).ConfigureAwait(false);
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

    private async Task TrainBehindAsync()
    {
        try
        {
            await TrainWhenDueAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (AfterwitException)
        {
            // Nothing is lost: what is written goes on as it was, and a later write finds that it is still time to train. A database that fails says so to its callers.
        }
    }

    /// <summary>Keeps a dictionary, unless another process decided since about the same packs: then its dictionary is used.</summary>
    private async Task AddAsync(byte[] content, long packs, DictionaryState state, CancellationToken cancellationToken)
    {
        try
        {
            await _database.WriteAsync(
                [Decided(state), new("INSERT INTO dictionaries(content, packs, trained_at) VALUES (?1, ?2, ?3)", content, packs, _time.GetUtcNow())], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            // Decided already: by another process, or by a try of our own whose answer was lost.
        }

        await _database.ReadAsync([Current], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What was new is no longer; a conflict when another decision came before.</summary>
    private static Command Decided(DictionaryState state) => new(
        """
        UPDATE totals SET new_packs = new_packs - ?1, new_raw_bytes = new_raw_bytes - ?2, new_stored_bytes = new_stored_bytes - ?3
        WHERE new_packs >= ?1 AND new_raw_bytes >= ?2 AND new_stored_bytes >= ?3
        """,
        state.Payloads, state.RawBytes, state.StoredBytes)
    { EachChangesOne = true };

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
        return [.. packs.Select(pack => (ReadOnlyMemory<byte>)Codec.Decode(PayloadKind.Episode, pack.Payload)).Select(raw => raw[..Math.Min(raw.Length, SampleBytes)])];
    }

    private (double Ratio, long Packs) Learn(IRow row)
    {
        CurrentId = (int)row.GetInt64(0);
        Codec.AddDictionary(CurrentId, PayloadKind.Episode, row.GetBlob(1), current: true);
        return (row.GetDouble(2), row.GetInt64(3));
    }
}
