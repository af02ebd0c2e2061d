namespace Afterwit.Storage;

/// <summary>A vector that is near. Of equally near ones the newest goes first.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Cosine">How near.</param>
internal readonly record struct NearVector(long Key, float Cosine) : IComparable<NearVector>
{
    /// <summary>Negative when this one is farther.</summary>
    public int CompareTo(NearVector other) => Cosine != other.Cosine ? Cosine.CompareTo(other.Cosine) : Key.CompareTo(other.Key);
}

/// <summary>The nearest of those that were offered: a heap with the farthest of them on top.</summary>
internal sealed class NearestVectors(int count)
{
    private readonly PriorityQueue<NearVector, NearVector> _heap = new(count);

    public void Offer(NearVector vector)
    {
        if (_heap.Count < count)
            _heap.Enqueue(vector, vector);
        else if (vector.CompareTo(_heap.Peek()) > 0)
            _heap.DequeueEnqueue(vector, vector);
    }

    /// <summary>The nearest first.</summary>
    public List<NearVector> ToList() => [.. _heap.UnorderedItems.Select(item => item.Element).OrderDescending()];
}
