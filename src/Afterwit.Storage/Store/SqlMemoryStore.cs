using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Afterwit.Storage;

/// <summary>The memory in SQL, written once for every engine behind <see cref="IDatabase"/>: a method for each member of the port; the statements are in the files beside it.</summary>
public sealed partial class SqlMemoryStore : IMemoryStore
{
    private readonly CandidateFinder _finder;
    private readonly NearestFinder _nearest;
    private readonly Payloads _payloads;
    private readonly CoalescedReads _points;
    private readonly CompressionOptions _compression;
    private readonly EmbeddingFormat _embeddingFormat;
    private readonly TimeProvider _time;
    private long _lastWrite = Random.Shared.NextInt64();

    private SqlMemoryStore(IDatabase database, Payloads payloads, TimeProvider time, StorageOptions options)
    {
        Database = database;
        _time = time;
        _payloads = payloads;
        _compression = options.Compression;
        _embeddingFormat = options.EmbeddingFormat;
        _nearest = new(database, _payloads.Codec);
        _points = new((id, cancellationToken) => ReadEpisodeAsync(id, [], cancellationToken), GetEpisodesAsync);
        _finder = new(database, _nearest);
    }

    /// <summary>What the store is kept in.</summary>
    public IDatabase Database { get; }

    /// <summary>What encodes and decodes.</summary>
    internal Payloads Payloads => _payloads;

    /// <summary>Opens a store: brings the schema up to this release, or refuses a later one. The store owns the database.</summary>
    /// <exception cref="DatabaseException">The database cannot be read, or was written by a later release.</exception>
    public static async Task<SqlMemoryStore> OpenAsync(IDatabase database, TimeProvider? time = null, StorageOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        time ??= TimeProvider.System;
        try
        {
            options ??= new();
            var payloads = new Payloads(database, options.Compression, time);
            await Migrations.ApplyAsync(database, payloads.Current, time, cancellationToken).ConfigureAwait(false);
            database.AnnounceCommits();
            return new(database, payloads, time, options);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StartEpisodeAsync(Episode episode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episode);
        try
        {
            await Database.WriteAsync(
                [EpisodeCommands.Insert([episode], NextWrite(), $"There is an episode {episode.Id} already."), .. EpisodeCommands.InsertMarks([episode])], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            // The very episode that was to be stored: an earlier try was kept, and only its answer was lost.
            if (await GetEpisodeAsync(episode.Id, cancellationToken).ConfigureAwait(false) is not { } stored
                || stored.StartedAt.ToUnixTimeMilliseconds() != episode.StartedAt.ToUnixTimeMilliseconds() || ContentHash.Of(stored) != ContentHash.Of(episode))
                throw;
        }
    }

    /// <inheritdoc/>
    public Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return AppendAsync(episode, steps, NextWrite(steps.Count), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> AppendStepsAsync(EpisodeId episode, IReadOnlyList<Step> steps, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentException.ThrowIfNullOrEmpty(key);
        return AppendAsync(episode, steps, WriteOf(key), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> CompleteEpisodeAsync(LearnedEpisode learned, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(learned);
        var write = NextWrite();
        try
        {
            await _payloads.WriteAsync(
                [
                    .. EpisodeCommands.Complete(learned.Episode, write), .. PackCommands.Insert([learned.Episode], _payloads.Codec),
                    .. EpisodeCommands.Index([learned.Episode], remove: false), .. PatternCommands.Learn([learned]),
                ],
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ConflictException)
        {
            if ((await VersionsAsync([learned.Episode.Id], cancellationToken).ConfigureAwait(false)).Values.Any(v => v.WriteId == write))
                return true;
            await RunningStepsAsync(learned.Episode.Id, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlySet<EpisodeId>> FindUnchangedAsync(IReadOnlyList<Episode> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        var stored = await VersionsAsync(episodes.Select(e => e.Id), cancellationToken).ConfigureAwait(false);
        return episodes.Where(e => stored.TryGetValue(e.Id, out var version) && version.ContentHash == ContentHash.Of(e)).Select(e => e.Id).ToHashSet();
    }

    /// <inheritdoc/>
    public Task<Episode?> GetEpisodeAsync(EpisodeId id, CancellationToken cancellationToken) => _points.GetAsync(id, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<EpisodeSummary>> ListEpisodesAsync(EpisodeFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ListAsync<EpisodeSummary>(add => EpisodeQueries.List(filter, add), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ToolTrace>> GetToolTracesAsync(IReadOnlyList<EpisodeId> episodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        var traces = new TraceCollector();
        var packs = new List<(EpisodeHeadLine Head, StoredPack Pack)>();
        await Database.ReadInPartsAsync(
            [.. episodes.Distinct()], ids => [EpisodeQueries.Traces(ids, traces.Add), PackQueries.Of(ids, (head, pack) => packs.Add((head, pack)))], alone: async id =>
            {
                var whole = await LongEpisode.ReadAsync(Database, new(id), cancellationToken).ConfigureAwait(false);
                await Database.ReadAsync([EpisodeQueries.Traces([id], traces.Add)], cancellationToken).ConfigureAwait(false);
                packs.AddRange(whole.Packs.Select(pack => (new EpisodeHeadLine(id, whole.Head!.Status, whole.Head.Outcome?.Score), pack)));
            },
            cancellationToken).ConfigureAwait(false);
        await _payloads.PrepareAsync(packs.Select(p => p.Pack), cancellationToken).ConfigureAwait(false);
        foreach (var (head, pack) in packs)
            traces.Add(head, pack, _payloads.Codec);
        return traces.ToList();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<StepReference, Step>> GetStepsAsync(IReadOnlyList<StepReference> steps, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(steps);
        var found = new Dictionary<StepReference, Step>(steps.Count);
        var packs = new List<(EpisodeId Episode, StoredPack Pack)>();
        await Database.ReadInPartsAsync(
            steps, some => [EpisodeQueries.StepsAt(some, (episode, step) => found[new(episode, step.Ordinal)] = step), PackQueries.With(some, (episode, pack) => packs.Add((episode, pack)))], alone: null,
            cancellationToken).ConfigureAwait(false);
        await _payloads.PrepareAsync(packs.Select(p => p.Pack), cancellationToken).ConfigureAwait(false);
        var wanted = steps.ToHashSet();
        foreach (var (episode, pack) in packs)
        {
            var reader = StoredEpisode.Read(pack, _payloads.Codec);
            while (reader.Next())
            {
                if (wanted.Contains(new(episode, reader.Ordinal)))
                    found[new(episode, reader.Ordinal)] = reader.ToStep();
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public Task<CandidateSet> FindCandidatesAsync(CandidateQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _finder.FindAsync(query, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SaveReceiptAsync(Receipt receipt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        return Database.WriteAsync(ReceiptCommands.Save(receipt), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<Receipt?> GetReceiptAsync(ReceiptId id, CancellationToken cancellationToken)
    {
        var found = new StoredReceipts();
        await Database.ReadAsync(ReceiptCommands.Get(id, found), cancellationToken).ConfigureAwait(false);
        return found.All.FirstOrDefault();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Receipt>> GetReceiptsAsync(EpisodeId episode, int limit, CancellationToken cancellationToken)
    {
        var found = new StoredReceipts();
        await Database.ReadAsync(ReceiptCommands.Of(episode, limit, found), cancellationToken).ConfigureAwait(false);
        return [.. found.All.Reverse()];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecalledRuns>> CountRecalledRunsAsync(string? domain, CancellationToken cancellationToken) =>
        ListAsync<RecalledRuns>(add => ReceiptCommands.CountRecalled(domain, add), cancellationToken);

    /// <inheritdoc/>
    public async Task SaveFeedbackAsync(Feedback feedback, DateTimeOffset at, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        try
        {
            await Database.WriteAsync([.. ReceiptCommands.Feedback(feedback, at)], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            throw new NotFoundException($"There is no receipt {feedback.Receipt}.");
        }
    }

    /// <inheritdoc/>
    public async Task SaveCheckpointAsync(EpisodeId episode, DateTimeOffset at, string? note, string? state, CancellationToken cancellationToken)
    {
        try
        {
            await Database.WriteAsync([RelationshipCommands.SaveCheckpoint(episode, at, note, state, NextWrite())], cancellationToken).ConfigureAwait(false);
        }
        catch (ConflictException)
        {
            throw NoSuchEpisode(episode);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Checkpoint>> GetCheckpointsAsync(EpisodeId episode, CancellationToken cancellationToken) =>
        ListAsync<Checkpoint>(add => RelationshipCommands.Checkpoints(episode, add), cancellationToken);

    /// <inheritdoc/>
    public Task<T> GetOrComputeAsync<T>(ResultKey key, Func<CancellationToken, Task<T>> compute, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(compute);
        return compute(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<StoreStatistics> GetStatisticsAsync(CancellationToken cancellationToken) =>
        (await ListAsync<StoreStatistics>(StatisticsQuery.Of, cancellationToken).ConfigureAwait(false))[0];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _payloads.TrainedAsync().ConfigureAwait(false);
        await Database.DisposeAsync().ConfigureAwait(false);
        _nearest.Dispose();
        _payloads.Dispose();
    }

    internal static NotFoundException NoSuchEpisode(EpisodeId id) => new($"There is no episode {id} in this memory.");

    /// <summary>The whole episode, and whatever else is asked in the same read.</summary>
    private async Task<Episode?> ReadEpisodeAsync(EpisodeId id, Query[] along, CancellationToken cancellationToken)
    {
        var found = new StoredEpisode();
        try
        {
            await Database.ReadAsync([.. along, .. EpisodeQueries.Whole(id, found)], cancellationToken).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (LibSqlDatabase.IsTooLarge(e))
        {
            await Database.ReadAsync(along, cancellationToken).ConfigureAwait(false);
            found = await LongEpisode.ReadAsync(Database, new(id), cancellationToken).ConfigureAwait(false);
        }

        await _payloads.PrepareAsync(found.Packs, cancellationToken).ConfigureAwait(false);
        return found.Assemble(_payloads.Codec);
    }

    private async Task<int> AppendAsync(EpisodeId episode, IReadOnlyList<Step> steps, long write, CancellationToken cancellationToken)
    {
        if (steps.Count == 0)
            return await RunningStepsAsync(episode, cancellationToken).ConfigureAwait(false);
        try
        {
            var results = await Database.WriteAsync([EpisodeCommands.AppendSteps(episode, steps, write)], cancellationToken).ConfigureAwait(false);
            return StepKey.Ordinal(results[0].Returned!.Value);
        }
        catch (ConflictException)
        {
            if (await FindAppendedAsync(episode, steps, write, cancellationToken).ConfigureAwait(false) is { } first)
                return first;
            var room = StepKey.MaxSteps - await RunningStepsAsync(episode, cancellationToken).ConfigureAwait(false);
            throw new ConflictException($"Episode {episode} has room for {room} more steps, not for {steps.Count}; none was logged. Complete it and go on in a new one that follows it.");
        }
    }

    /// <summary>The number of a write that the caller names: the same in every process. Half of all numbers leave room for those of its steps.</summary>
    private static long WriteOf(string key) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key))) & (long.MaxValue >> 1);

    /// <summary>Where steps stand that this write appended before, in an episode that another process ended behind an answer that was lost. Null when it appended nothing.</summary>
    /// <exception cref="ConflictException">The write, by the key that the caller gave it, appended other steps.</exception>
    private async Task<int?> FindAppendedAsync(EpisodeId id, IReadOnlyList<Step> steps, long write, CancellationToken cancellationToken)
    {
        int? first = null;
        var isUsed = false;
        await Database.ReadAsync(
            [
                new("SELECT step_count FROM episodes WHERE id = ?1 AND last_append = ?2", [id.Value, write + steps.Count - 1], row => first = (int)row.GetInt64(0) - steps.Count),
                new($"SELECT 1 FROM steps WHERE key >= {EpisodeCommands.KeyById} << 20 AND key < ({EpisodeCommands.KeyById} + 1) << 20 AND write_id = ?2", [id.Value, write], _ => isUsed = true),
            ],
            cancellationToken).ConfigureAwait(false);
        if (first is { } ordinal)
        {
            var stored = await GetStepsAsync([.. steps.Select((_, i) => new StepReference(id, ordinal + i))], cancellationToken).ConfigureAwait(false);
            isUsed = !steps.Select((step, i) => stored.TryGetValue(new(id, ordinal + i), out var kept) && SaysTheSame(kept, step)).All(same => same);
        }

        return isUsed ? throw new ConflictException($"The key of these steps was used for other steps of episode {id}; none was logged. Give each call a key of its own, and the same only to repeat it.") : first;

        static bool SaysTheSame(Step a, Step b) =>
            (a.Kind, a.Speaker, a.Text, a.Tool, a.Arguments, a.Observation, a.IsError) == (b.Kind, b.Speaker, b.Text, b.Tool, b.Arguments, b.Observation, b.IsError);
    }

    /// <summary>How many steps a running episode has.</summary>
    /// <exception cref="NotFoundException">It does not exist.</exception>
    /// <exception cref="ConflictException">It has ended, or is full.</exception>
    private async Task<int> RunningStepsAsync(EpisodeId id, CancellationToken cancellationToken)
    {
        EpisodeStatus? status = null;
        var steps = 0;
        await Database.ReadAsync(
            [new($"SELECT e.status, {EpisodeQueries.StepCount} FROM episodes e WHERE e.id = ?1", [id.Value], row => (status, steps) = ((EpisodeStatus)row.GetInt64(0), (int)row.GetInt64(1)))],
            cancellationToken).ConfigureAwait(false);
        return status switch
        {
            null => throw NoSuchEpisode(id),
            EpisodeStatus.Running when steps < StepKey.MaxSteps => steps,
            EpisodeStatus.Running => throw new ConflictException($"Episode {id} is full: {StepKey.MaxSteps} steps. Complete it and go on in a new one that follows it."),
            _ => throw new ConflictException($"Episode {id} has ended already ({JsonNamingPolicy.KebabCaseLower.ConvertName(status.ToString()!)}). Start a new one; a relationship can join them."),
        };
    }

    private async Task<IReadOnlyList<T>> ListAsync<T>(Func<Action<T>, Query> query, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        await Database.ReadAsync([query(found.Add)], cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>The first of so many numbers for writes. From a random one on, so that those of no two processes meet and their index grows at few places.</summary>
    private long NextWrite(int count = 1) => Interlocked.Add(ref _lastWrite, count) - count + 1;

    private async Task<Dictionary<EpisodeId, StoredVersion>> VersionsAsync(IEnumerable<EpisodeId> ids, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<EpisodeId, StoredVersion>();
        await Database.ReadAsync([EpisodeQueries.Versions(ids, versions.Add)], cancellationToken).ConfigureAwait(false);
        return versions;
    }
}
