using System.Numerics;
using Afterwit.LibSql;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// The callers of a pool, second by second. A load that needs N connections is N callers, each of whom holds a stream half of the time: a finite source as in
/// Engset's model. Time goes in slots of 100 ms, which is how long a stream is held. In each slot every caller who does not wait tosses a coin, and on heads asks
/// for a stream; who finds all held waits, first come first served, and asks for nothing else meanwhile. So N streams serve N callers without a wait, about
/// three quarters of N with one wait in a hundred, and the backlog of too few streams has an end as that of real callers has.
/// </summary>
/// <param name="seed">Of the coins. A second takes the same tosses whatever the pool does, so that all policies meet the same luck.</param>
internal sealed class CallerModel(ulong seed)
{
    /// <summary>How long a stream is held.</summary>
    public const int SlotMs = 100;

    private const int SlotsPerSecond = 1000 / SlotMs;

    // Sixty-four coins are enough for five slots of the twelve callers that the greatest load has.
    private const int SlotsPerDraw = SlotsPerSecond / 2;
    private const int CoinsPerSlot = 64 / SlotsPerDraw;

    private readonly Queue<long> _waiting = new();
    private ulong _state = seed * 0x9E3779B97F4A7C15 | 1;
    private long _slot;

    /// <summary>Calls by the slots that they waited, those that still wait left out.</summary>
    public long[] Waits { get; } = new long[64];

    /// <summary>Lives a second.</summary>
    /// <param name="need">Callers at work; a fraction is the chance that there is one more.</param>
    /// <param name="streams">Streams that are open.</param>
    /// <returns>What a pool sees of it.</returns>
    public PoolSample Step(double need, int streams)
    {
        var callers = (int)need;
        if ((Next() >> 11) / (double)(1UL << 53) < need - callers)
            callers++;
        var (peak, held, calls, waited, coins) = (0, 0, 0, 0, 0UL);
        for (var i = 0; i < SlotsPerSecond; i++, _slot++)
        {
            if (i % SlotsPerDraw == 0)
                coins = Next();
            var idle = Math.Max(0, callers - _waiting.Count);
            var asking = BitOperations.PopCount(coins & ((1UL << idle) - 1));
            coins >>= CoinsPerSlot;
            var demand = _waiting.Count + asking;
            peak = Math.Max(peak, demand);
            calls += asking;
            held += Math.Min(demand, streams);
            waited += Serve(asking, streams);
        }

        return new(peak, held / (double)SlotsPerSecond, calls, waited);
    }

    /// <summary>Forgets who waits: the time that follows is another.</summary>
    public void Interrupt() => _waiting.Clear();

    /// <summary>Those who wait come first. Says how many more have to wait.</summary>
    private int Serve(int asking, int streams)
    {
        for (; streams > 0 && _waiting.Count > 0; streams--)
            Waits[Math.Min(_slot - _waiting.Dequeue(), Waits.Length - 1)]++;
        var atOnce = Math.Min(asking, streams);
        Waits[0] += atOnce;
        for (var i = atOnce; i < asking; i++)
            _waiting.Enqueue(_slot);
        return asking - atOnce;
    }

    // Marsaglia's xorshift64*: a run of seven months takes half a billion coins, the same ones on every machine.
    private ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1D;
    }
}
