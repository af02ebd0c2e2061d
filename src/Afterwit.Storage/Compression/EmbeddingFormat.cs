namespace Afterwit.Storage;

/// <summary>How the numbers of an embedding are stored. The numbers are stored: never renumber.</summary>
public enum EmbeddingFormat : byte
{
    /// <summary>Four bytes each, exactly as given.</summary>
    Float32 = 0,

    /// <summary>Two bytes each: about three significant digits, at most 65,504.</summary>
    Float16 = 1,

    /// <summary>One byte each and one scale for the vector: 255 steps between its largest component and its negative.</summary>
    Int8 = 2,
}
