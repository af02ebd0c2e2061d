namespace Afterwit.Storage;

/// <summary>What the policy knows of an entry.</summary>
internal class Node
{
    /// <summary>Of the key: the policy counts how often it is seen.</summary>
    public int Hash { get; set; }

    /// <summary>In bytes.</summary>
    public int Weight { get; set; }

    /// <summary>Where the entry stands; null before it enters and after it leaves.</summary>
    public Segment? Segment { get; set; }

    public Node? Newer { get; set; }

    public Node? Older { get; set; }
}

/// <summary>Entries from the most to the least recently used.</summary>
internal sealed class Segment
{
    // A ring through this node: Older is the newest entry, Newer the oldest.
    private readonly Node _ring = new();

    public Segment() => _ring.Newer = _ring.Older = _ring;

    public long Count { get; private set; }

    public long Bytes { get; private set; }

    public Node? Oldest => Count == 0 ? null : _ring.Newer;

    public void Add(Node node)
    {
        node.Segment = this;
        node.Newer = _ring;
        node.Older = _ring.Older;
        _ring.Older!.Newer = node;
        _ring.Older = node;
        Count++;
        Bytes += node.Weight;
    }

    public void Remove(Node node)
    {
        node.Newer!.Older = node.Older;
        node.Older!.Newer = node.Newer;
        node.Segment = null;
        node.Newer = node.Older = null;
        Count--;
        Bytes -= node.Weight;
    }

    /// <summary>Makes one of its entries the newest.</summary>
    public void Renew(Node node)
    {
        var (newer, older, newest) = (node.Newer!, node.Older!, _ring.Older!);
        if (node == newest)
            return;
        newer.Older = older;
        older.Newer = newer;
        node.Older = newest;
        node.Newer = _ring;
        newest.Newer = _ring.Older = node;
    }

    /// <summary>Entries from the oldest on.</summary>
    public IEnumerable<Node> FromOldest()
    {
        for (var node = _ring.Newer!; node != _ring; node = node.Newer!)
            yield return node;
    }
}
