namespace Afterwit.Storage;

/// <summary>
/// What is known when it is decided whether to train a dictionary. It is kept in the database and added to from <see cref="PayloadCodec.DictionaryCounts"/> (before there is a
/// dictionary, from <see cref="PayloadCodec.Counts"/>), so that many short processes count together.
/// </summary>
/// <param name="Trained">Whether there is a dictionary.</param>
/// <param name="Payloads">The payloads of the kind written since it was trained, or since the last decision.</param>
/// <param name="RawBytes">Their bytes before compression.</param>
/// <param name="StoredBytes">Their bytes after.</param>
/// <param name="BestRatio">The ratio (raw to stored) of the first payloads after the training; 0 until it is known. That of the samples would flatter: the dictionary was made of them.</param>
internal readonly record struct DictionaryState(bool Trained, long Payloads, long RawBytes, long StoredBytes, double BestRatio);

/// <summary>Decides when a dictionary is trained: a pure function of numbers.</summary>
internal static class DictionaryPolicy
{
    /// <summary>The payloads that a first dictionary is learned from, at least.</summary>
    public const int FirstPayloads = 200;

    /// <summary>Their bytes, at least: a dictionary takes room too, and has to earn it.</summary>
    public const int FirstBytes = 256 * 1024;

    /// <summary>The payloads that a ratio is measured over.</summary>
    public const int Window = 500;

    /// <summary>How much better the ratio must have been for a new dictionary to be worth it.</summary>
    public const double Drift = 1.15;

    /// <summary>Decides.</summary>
    /// <param name="state">What was counted.</param>
    /// <returns>
    /// Whether to train now, and the state to go on with when nothing is trained or the training fails: it waits for as many payloads again. After a training that worked the state is
    /// <c>new(true, 0, 0, 0, 0)</c>.
    /// </returns>
    public static (bool Train, DictionaryState Next) Judge(DictionaryState state)
    {
        var waited = state with { Payloads = 0, RawBytes = 0, StoredBytes = 0 };
        if (!state.Trained)
            return state is { Payloads: >= FirstPayloads, RawBytes: >= FirstBytes } ? (true, waited) : (false, state);
        if (state.Payloads < Window || state.StoredBytes == 0)
            return (false, state);
        var ratio = (double)state.RawBytes / state.StoredBytes;
        return (ratio * Drift < state.BestRatio, waited with { BestRatio = state.BestRatio == 0 ? ratio : state.BestRatio });
    }
}
