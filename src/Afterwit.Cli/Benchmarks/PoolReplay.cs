using Afterwit.LibSql;

namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// Replays a load against the policies of sizing a pool, a second at a time. A connection that is asked for at the end of a second can be used after the next one:
/// opening takes a second, more than the handshakes with a far server do. Closing takes none. Holes in the load are left out, and nobody is told of them.
/// </summary>
internal static class PoolReplay
{
    /// <summary>Runs every policy.</summary>
    /// <param name="load">The load.</param>
    /// <param name="learning">How long is learned from before anything counts; at most the first three quarters, so that something is left to count.</param>
    /// <param name="seed">Of the made-up calls.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<PoolSizingRow>> RunAsync(LoadSeries load, TimeSpan learning, ulong seed, CancellationToken cancellationToken)
    {
        var scoredFrom = ScoredFrom(load, learning);
        return await Task.WhenAll(PoolPolicy.All(load).Select(policy => Task.Run(() => Run(policy, load, scoredFrom, seed, cancellationToken), cancellationToken)));
    }

    /// <summary>When the learning ends.</summary>
    public static DateTimeOffset ScoredFrom(LoadSeries load, TimeSpan learning)
    {
        var most = (load.Times[^1] - load.Times[0]) * 0.75;
        return load.Times[0] + (learning < most ? learning : most);
    }

    private static PoolSizingRow Run(PoolPolicy policy, LoadSeries load, DateTimeOffset scoredFrom, ulong seed, CancellationToken cancellationToken)
    {
        var (callers, weeks) = (new CallerModel(seed), new List<Week>());
        var open = policy.Next(load.Times[0], 0, default);
        var wanted = open;
        for (var i = 0; i + 1 < load.Times.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isHole = load.Times[i + 1] - load.Times[i] > load.LongestInterval;
            if (isHole)
                callers.Interrupt();
            for (var at = load.Times[i]; !isHole && at < load.Times[i + 1]; at += TimeSpan.FromSeconds(1))
            {
                var isScored = at >= scoredFrom;
                if (isScored && weeks.Count == 0)
                    Array.Clear(callers.Waits);
                var sample = callers.Step(load.NeedAt(at, i), Math.Min(open, wanted));
                if (isScored)
                    WeekOf(at, weeks).Add(sample, Math.Max(0, wanted - open), wanted);
                (open, wanted) = (wanted, policy.Next(at, i, sample));
            }
        }

        var calls = weeks.Sum(w => w.Calls);
        return new(
            policy.Name, Share(weeks.Sum(w => w.Waited), calls), WaitOf(callers, 0.99), Hours(weeks.Sum(w => w.ConnectionSeconds)), weeks.Sum(w => w.Opened), calls, WaitOf(callers, 1),
            Hours(weeks.Sum(w => w.Seconds)), seed, [.. weeks.Select(w => w.Row())]);
    }

    private static Week WeekOf(DateTimeOffset at, List<Week> weeks)
    {
        if (weeks.Count == 0 || at >= weeks[^1].End)
            weeks.Add(new(at));
        return weeks[^1];
    }

    private static double WaitOf(CallerModel callers, double share)
    {
        var left = (long)Math.Ceiling(share * callers.Waits.Sum());
        var slots = 0;
        while (slots + 1 < callers.Waits.Length && (left -= callers.Waits[slots]) > 0)
            slots++;
        return slots * CallerModel.SlotMs;
    }

    private static double Share(long part, long all) => all == 0 ? 0 : (double)part / all;

    private static double Hours(long seconds) => seconds / 3600.0;

    /// <summary>What is added up over a calendar week.</summary>
    private sealed class Week(DateTimeOffset first)
    {
        public readonly DateTimeOffset End = new DateTimeOffset(first.Date, first.Offset).AddDays(7 - ((int)first.DayOfWeek + 6) % 7);
        public long Seconds, Calls, Waited, ConnectionSeconds, Opened;

        public void Add(in PoolSample sample, int opened, int paidFor)
        {
            Seconds++;
            Calls += sample.Calls;
            Waited += sample.Waited;
            ConnectionSeconds += paidFor;
            Opened += opened;
        }

        public PoolSizingWeek Row() => new(DateOnly.FromDateTime(first.Date), Share(Waited, Calls), Hours(ConnectionSeconds), Opened);
    }
}
