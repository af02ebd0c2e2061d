namespace Afterwit.Storage;

/// <summary>
/// Notes which entries were hit, for the policy to catch up with. Each thread writes to one of several short lists without synchronisation: a note that two threads write at once, or
/// that is written while its list is read, may be lost. With one thread none is, as long as they fit; of more than fit, a fair sample is left (Vitter: Random Sampling with a
/// Reservoir, ACM Transactions on Mathematical Software 11(1), 1985), so however many hits there are between two writes, the policy has no more to do than that.
/// </summary>
internal sealed class ReadBuffer<T>
    where T : class
{
    private const int Capacity = 2_048;
    private readonly List[] _lists = new List[Stripes.Count];

    public ReadBuffer()
    {
        for (var i = 0; i < _lists.Length; i++)
            _lists[i] = new();
    }

    /// <summary>Takes a note. True when the list is full: it is time to <see cref="Drain"/>.</summary>
    public bool Add(T item)
    {
        var list = _lists[Stripes.Current];
        var seen = list.Seen;
        list.Seen = seen + 1;
        // The n-th stays with a chance of the capacity in n. Steps of the golden section are spread evenly and fall in step with no loop of accesses.
        var place = seen < Capacity ? seen : (uint)(((ulong)(seen * 0x9E37_79B9u) * (seen + 1UL)) >> 32);
        var items = list.Items;
        if (place < (uint)items.Length)
            items[place].Item = item;
        return seen >= Capacity - 1;
    }

    /// <summary>Takes all notes out; for one thread at a time.</summary>
    /// <param name="reader">Who reads them: a structure, so that the call is a direct one.</param>
    /// <returns>How many were taken since the last time, those that did not stay included.</returns>
    public long Drain<TReader>(TReader reader)
        where TReader : struct, IReader
    {
        var all = 0L;
        foreach (var list in _lists)
        {
            var seen = Volatile.Read(ref list.Seen);
            for (var i = 0; i < Math.Min(seen, Capacity); i++)
            {
                var item = list.Items[i].Item;
                list.Items[i].Item = null;
                if (item is not null)
                    reader.Take(item);
            }

            if (seen > 0)
                Volatile.Write(ref list.Seen, 0);
            all += seen;
        }

        return all;
    }

    /// <summary>Reads notes.</summary>
    public interface IReader
    {
        void Take(T item);
    }

    private sealed class List
    {
        public readonly Note[] Items = new Note[Capacity];
        public uint Seen;
    }

    /// <summary>Writing to an array of structures skips the check of types that one of references needs.</summary>
    private struct Note
    {
        public T? Item;
    }
}
