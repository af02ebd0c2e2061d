namespace Afterwit.Storage;

/// <summary>
/// Notes which entries were hit, for the policy to catch up with. Each thread writes to one of several short lists without synchronisation: a note that two threads write at once,
/// or that finds its list full while it is being read, is lost. With one thread none is.
/// </summary>
internal sealed class ReadBuffer<T>
    where T : class
{
    private const int Capacity = 64;
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
        var (items, next) = (list.Items, list.Next);
        if ((uint)next >= (uint)items.Length)
            return true;
        items[next].Item = item;
        list.Next = ++next;
        return next == items.Length;
    }

    /// <summary>Takes all notes out; for one thread at a time.</summary>
    /// <param name="reader">Who reads them: a structure, so that the call is a direct one.</param>
    public void Drain<TReader>(TReader reader)
        where TReader : struct, IReader
    {
        foreach (var list in _lists)
        {
            var count = Math.Min(Volatile.Read(ref list.Next), Capacity);
            for (var i = 0; i < count; i++)
            {
                var item = list.Items[i].Item;
                list.Items[i].Item = null;
                if (item is not null)
                    reader.Take(item);
            }

            Volatile.Write(ref list.Next, 0);
        }
    }

    /// <summary>Reads notes.</summary>
    public interface IReader
    {
        void Take(T item);
    }

    private sealed class List
    {
        public readonly Note[] Items = new Note[Capacity];
        public int Next;
    }

    /// <summary>Writing to an array of structures skips the check of types that one of references needs.</summary>
    private struct Note
    {
        public T? Item;
    }
}
