namespace Afterwit.Storage;

/// <summary>The vectors of the models that were searched last, within a bound of memory, and how they are kept up to date: only what is newer is read.</summary>
internal sealed class ResidentVectors(IDatabase database, PayloadCodec codec) : IDisposable
{
    /// <summary>Of all models together. The newest vectors of a model stay, as many as fit.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>What one read brings: within what servers send in one answer.</summary>
    private const int PageBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly LinkedList<VectorSet> _sets = new();

    /// <summary>The vectors of a model, as new as they were when they were loaded last.</summary>
    public async Task<VectorSet> GetAsync(string model, CancellationToken cancellationToken) =>
        Find(model) ?? await RefreshAsync(model, cancellationToken).ConfigureAwait(false);

    /// <summary>The vectors of a model, as new as the call.</summary>
    public async Task<VectorSet> RefreshAsync(string model, CancellationToken cancellationToken)
    {
        // One at a time: who waited finds what the other loaded, and reads only what came since.
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var set = Find(model) ?? VectorSet.Empty(model);
            var newest = default(NewestVector);
            await database.ReadAsync([EmbeddingQueries.Newest(model, n => newest = n)], cancellationToken).ConfigureAwait(false);
            if (newest.Key > set.Newest)
            {
                if (set.Dimensions != newest.Dimensions)
                    set = await BeginAsync(model, newest, cancellationToken).ConfigureAwait(false);
                set = await ReadOnAsync(set, newest, cancellationToken).ConfigureAwait(false);
            }

            Keep(set);
            return set;
        }
        finally
        {
            _loading.Release();
        }
    }

    public void Dispose() => _loading.Dispose();

    /// <summary>An empty set that begins where the newest vectors that fit begin.</summary>
    private async Task<VectorSet> BeginAsync(string model, NewestVector newest, CancellationToken cancellationToken)
    {
        var before = 0L;
        await database.ReadAsync([EmbeddingQueries.KeyBefore(model, MaxBytes / newest.StoredLength, key => before = key)], cancellationToken).ConfigureAwait(false);
        return VectorSet.Empty(model, newest.Dimensions, before);
    }

    private async Task<VectorSet> ReadOnAsync(VectorSet set, NewestVector newest, CancellationToken cancellationToken)
    {
        // Older ones may be of a wider format than the newest.
        var page = Math.Max(1, PageBytes / Math.Max(newest.StoredLength, StoredVector.HeaderLength + (sizeof(float) * newest.Dimensions)));
        while (set.Newest < newest.Key)
        {
            var rows = new List<VectorRow>();
            await database.ReadAsync([EmbeddingQueries.After(set.Model, set.Newest, page, Add)], cancellationToken).ConfigureAwait(false);
            set = set.With(rows, rows.Count == page ? rows[^1].Key : Math.Max(newest.Key, rows.Count == 0 ? 0 : rows[^1].Key), MaxBytes);

            void Add(long key, long episode, byte[] stored)
            {
                var (format, numbers) = StoredVector.Open(stored, codec);
                rows.Add(new(key, episode, format, numbers));
            }
        }

        return set;
    }

    private VectorSet? Find(string model)
    {
        lock (_lock)
        {
            var node = NodeOf(model);
            if (node is null)
                return null;
            _sets.Remove(node);
            _sets.AddFirst(node);
            return node.Value;
        }
    }

    private void Keep(VectorSet set)
    {
        lock (_lock)
        {
            if (NodeOf(set.Model) is { } old)
                _sets.Remove(old);
            _sets.AddFirst(set);
            while (_sets.Count > 1 && _sets.Sum(s => (long)s.Bytes) > MaxBytes)
                _sets.RemoveLast();
        }
    }

    private LinkedListNode<VectorSet>? NodeOf(string model)
    {
        var node = _sets.First;
        while (node is not null && node.Value.Model != model)
            node = node.Next;
        return node;
    }
}
