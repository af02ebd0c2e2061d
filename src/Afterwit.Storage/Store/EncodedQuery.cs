using System.Numerics.Tensors;

namespace Afterwit.Storage;

/// <summary>The vector of a query in every format that the stored ones have, each made when it is first needed.</summary>
internal sealed class EncodedQuery
{
    private readonly float[] _vector;
    private readonly (byte[] Numbers, float InverseNorm)?[] _encoded = new (byte[], float)?[Enum.GetValues<EmbeddingFormat>().Length];

    public EncodedQuery(ReadOnlySpan<float> vector)
    {
        // Of length 1, for a short format to hold it; divided by the largest number first, since a square of it may not fit.
        _vector = vector.ToArray();
        if (Math.Abs(TensorPrimitives.MaxMagnitude(vector)) is > 0 and var largest)
        {
            TensorPrimitives.Divide(_vector, largest, _vector);
            TensorPrimitives.Divide(_vector, TensorPrimitives.Norm<float>(_vector), _vector);
        }
    }

    /// <summary>How many numbers it has.</summary>
    public int Dimensions => _vector.Length;

    /// <summary>The vector in a format, and one over its length.</summary>
    public (byte[] Numbers, float InverseNorm) In(EmbeddingFormat format)
    {
        if (_encoded[(int)format] is { } known)
            return known;
        var numbers = VectorFormat.Encode(format, _vector);
        var made = (numbers, VectorBlock.InverseNorm(format, numbers));
        _encoded[(int)format] = made;
        return made;
    }
}
