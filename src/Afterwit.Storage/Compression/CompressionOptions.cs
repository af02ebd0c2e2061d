namespace Afterwit.Storage;

/// <summary>How payloads are compressed when they are written. What is stored is read whatever the settings are.</summary>
public sealed class CompressionOptions
{
    /// <summary>The codec of episodes.</summary>
    /// <value>The default is <see cref="PayloadCodecKind.Zstd"/>.</value>
    public PayloadCodecKind Episodes { get; set; } = PayloadCodecKind.Zstd;

    /// <summary>The codec of embeddings. Numbers without a pattern hardly get smaller: another <see cref="EmbeddingFormat"/> saves more.</summary>
    /// <value>The default is <see cref="PayloadCodecKind.None"/>.</value>
    public PayloadCodecKind Embeddings { get; set; } = PayloadCodecKind.None;

    /// <summary>Payloads of fewer bytes are stored as they are.</summary>
    /// <value>The default is 1,024; 0 to 1,048,576.</value>
    public int Threshold { get; set; } = 1024;

    /// <summary>How hard Zstandard tries: more is smaller and slower to write, and as fast to read.</summary>
    /// <value>The default is 3; 1 to 19.</value>
    public int ZstdLevel { get; set; } = 3;

    /// <summary>Whether Zstandard learns dictionaries from the stored records and writes with them.</summary>
    /// <value>The default is true.</value>
    public bool Dictionaries { get; set; } = true;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names the setting.</exception>
    public void Validate()
    {
        Check(Enum.IsDefined(Episodes), "Episodes", Episodes, Codecs);
        Check(Enum.IsDefined(Embeddings), "Embeddings", Embeddings, Codecs);
        Check(Threshold is >= 0 and <= 1 << 20, "Threshold", Threshold, "0 to 1048576");
        Check(ZstdLevel is >= 1 and <= 19, "ZstdLevel", ZstdLevel, "1 to 19");

        static void Check(bool valid, string setting, object value, string range)
        {
            if (!valid)
                throw new ArgumentException($"Storage:Compression:{setting} is {value}; allowed: {range}.");
        }
    }

    /// <summary>The codec set for a kind.</summary>
    internal PayloadCodecKind For(PayloadKind kind) => kind == PayloadKind.Episode ? Episodes : Embeddings;

    private static string Codecs => string.Join(", ", Enum.GetNames<PayloadCodecKind>());
}
