namespace Afterwit;

/// <summary>The items of one list of a batch that may be written, cleaned, with the places they came from. Those that may not have their error.</summary>
internal sealed class Sifted<T>
{
    /// <summary>So many are checked before other cores help.</summary>
    private const int Few = 8;

    private readonly List<T> _kept;
    private readonly string?[] _errors;

    /// <summary>Checks the items.</summary>
    /// <param name="items">A list of the batch.</param>
    /// <param name="check">Gives the clean item, or throws an <see cref="ArgumentException"/>. Called by many threads.</param>
    public Sifted(IReadOnlyList<T> items, Func<T, T> check)
    {
        _errors = new string?[items.Count];
        var clean = new T[items.Count];
        if (items.Count < Few)
        {
            for (var i = 0; i < items.Count; i++)
                Check(i);
        }
        else
        {
            Parallel.For(0, items.Count, Check);
        }

        _kept = new(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (_errors[i] is null)
                _kept.Add(clean[i]);
        }

        void Check(int i)
        {
            try
            {
                clean[i] = check(items[i]);
            }
            catch (ArgumentException e)
            {
                _errors[i] = e.Message;
            }
        }
    }

    /// <summary>Those that may be written, in order.</summary>
    public IReadOnlyList<T> Kept => _kept;

    /// <summary>Why the first of the others may not. Null when all may.</summary>
    public string? FirstError => Array.Find(_errors, error => error is not null);

    /// <summary>What became of every item, from what became of those that were kept.</summary>
    public IReadOnlyList<BatchItem> Place(Func<int, BatchItem> kept)
    {
        var next = 0;
        return [.. _errors.Select(error => error is null ? kept(next++) : new(BatchOutcome.Failed, error))];
    }
}
