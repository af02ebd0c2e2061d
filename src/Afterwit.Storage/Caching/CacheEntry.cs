namespace Afterwit.Storage;

/// <summary>A value with its life. Times are milliseconds of the cache's clock.</summary>
internal sealed class CacheEntry<TKey, TValue>(TKey key, TValue value, int kind, bool isFixed, long now, long life) : Node
{
    private long _used = now;
    private long _quarter = now;
    private int _refreshed;

    public TKey Key { get; } = key;

    public TValue Value { get; } = value;

    public int Kind { get; } = kind;

    /// <summary>Set once it is out of the table; the policy lets it go when it next looks at it.</summary>
    public volatile bool IsRemoved;

    /// <summary>How long it lives without use, before memory pressure.</summary>
    public long Life { get; private set; } = life;

    /// <summary>Whether use changes nothing about its life.</summary>
    public bool IsFixed => isFixed;

    public long Loaded { get; } = now;

    public long Used => _used;

    /// <summary>Its life begins again: twice as long after a quarter of it, half as long when it went unused for more than half of it.</summary>
    public void Use(long time, long least, long most)
    {
        var before = _used;
        if (isFixed || Interlocked.CompareExchange(ref _used, time, before) != before)
            return;
        if (time - before > Life / 2)
            Life = Math.Max(Life / 2, least);
        else if (time - _quarter >= Life / 4)
            Life = Math.Min(Life * 2, most);
        else
            return;
        _quarter = time;
    }

    /// <summary>True for one caller only.</summary>
    public bool ClaimRefresh() => _refreshed == 0 && Interlocked.Exchange(ref _refreshed, 1) == 0;
}
