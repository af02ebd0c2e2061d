namespace Afterwit.Storage;

/// <summary>
/// How often keys were seen of late, up to 15 times: a count-min sketch of 4 rows with 16 counters of 4 bits in each for every entry of the cache (32 bytes an entry), halved after every ten
/// accesses for each entry (Einziger, Friedman, Manes: TinyLFU, ACM Transactions on Storage 13(4), 2017).
/// </summary>
internal sealed class FrequencySketch
{
    private const int WordsPerEntry = 4;
    private const int SampleForEntry = 10;
    private const ulong Low3BitsOfEach = 0x7777_7777_7777_7777;
    private ulong[] _counters = new ulong[64 * WordsPerEntry];
    private int _seen;

    /// <summary>Grows with the cache. What was counted stays counted.</summary>
    public void EnsureCapacity(long entries)
    {
        // Doubled, each counter is found in both halves.
        while (_counters.Length < Math.Min(entries, 1 << 27) * WordsPerEntry)
            _counters = [.. _counters, .. _counters];
    }

    /// <summary>How often the key was seen; sometimes too high, never too low since it was halved.</summary>
    public int Frequency(int hash)
    {
        var (mix, least) = (Mix(hash), 15);
        var block = Block(mix);
        for (var row = 0; row < 4; row++)
            least = Math.Min(least, (int)(block[Word(mix, row)] >> Shift(mix, row)) & 15);
        return least;
    }

    public void Increment(int hash)
    {
        var mix = Mix(hash);
        var block = Block(mix);
        for (var row = 0; row < 4; row++)
        {
            ref var word = ref block[Word(mix, row)];
            var shift = Shift(mix, row);
            if (((word >> shift) & 15) != 15)
                word += 1UL << shift;
        }

        if (++_seen >= SampleForEntry * (_counters.Length / WordsPerEntry))
            Halve();
    }

    private void Halve()
    {
        foreach (ref var word in _counters.AsSpan())
            word = (word >> 1) & Low3BitsOfEach;
        _seen /= 2;
    }

    private static ulong Mix(int hash)
    {
        var x = (uint)hash * 0x9E37_79B9_7F4A_7C15UL;
        x = (x ^ (x >> 32)) * 0xD6E8_FEB8_6659_FD93UL;
        return x ^ (x >> 32);
    }

    // A key has its four counters in one block of 8 words, two words for each row: they lie in one or two cache lines. The block is chosen by low bits, so that a doubled
    // table finds what was counted before.
    private Span<ulong> Block(ulong mix) => _counters.AsSpan(8 * ((int)(mix >> 16) & ((_counters.Length / 8) - 1)), 8);

    private static int Word(ulong mix, int row) => (2 * row) + ((int)(mix >> (12 + row)) & 1);

    private static int Shift(ulong mix, int row) => ((int)(mix >> (3 * row)) & 15) << 2;
}
