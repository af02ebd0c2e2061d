namespace Afterwit.Cli.Benchmarks;

/// <summary>
/// Replays a load against the policies of sizing a pool, a second at a time. A connection that is asked for at the end of a second can be used after the next one:
/// opening takes a second, more than the handshakes with a far server do. Closing takes none. Holes in the load are left out, and nobody is told of them.
/// </summary>
internal sealed class PoolReplay
{
    private readonly PoolPolicy _policy;
    private readonly CallerModel _callers;
    private readonly DateTimeOffset _scoredFrom;
    private readonly ulong _seed;
    private readonly List<PoolSizingWeek> _weeks = [];
    private DateOnly _week;
    private Tally _total;
    private Tally _ofWeek;

    private PoolReplay(PoolPolicy policy, DateTimeOffset scoredFrom, ulong seed)
    {
        (_policy, _scoredFrom, _seed) = (policy, scoredFrom, seed);
        _callers = new(seed);
    }

    /// <summary>Runs every policy.</summary>
    /// <param name="load">The load.</param>
    /// <param name="learning">How long is learned from before anything counts; at most the first three quarters, so that something is left to count.</param>
    /// <param name="seed">Of the made-up calls.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<PoolSizingRow>> RunAsync(LoadSeries load, TimeSpan learning, ulong seed, CancellationToken cancellationToken)
    {
        var scoredFrom = ScoredFrom(load, learning);
        return await Task.WhenAll(PoolPolicy.All(load).Select(policy => Task.Run(() => new PoolReplay(policy, scoredFrom, seed).Run(load, cancellationToken), cancellationToken)));
    }

    /// <summary>When the learning ends.</summary>
    public static DateTimeOffset ScoredFrom(LoadSeries load, TimeSpan learning)
    {
        var most = (load.Times[^1] - load.Times[0]) * 0.75;
        return load.Times[0] + (learning < most ? learning : most);
    }

    private PoolSizingRow Run(LoadSeries load, CancellationToken cancellationToken)
    {
        var open = _policy.Next(load.Times[0], default);
        var wanted = open;
        for (var i = 0; i + 1 < load.Times.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var interval = load.Times[i + 1] - load.Times[i];
            if (interval > load.LongestInterval)
            {
                _callers.Interrupt();
                continue;
            }

            for (var at = load.Times[i]; at < load.Times[i + 1]; at += TimeSpan.FromSeconds(1))
            {
                var isScored = at >= _scoredFrom;
                if (isScored && _total.Seconds == 0)
                    Array.Clear(_callers.Waits);
                _callers.Step(load.NeedAt(at, i), Math.Min(open, wanted));
                if (isScored)
                    Count(at, Math.Max(0, wanted - open), wanted);
                open = wanted;
                wanted = _policy.Next(at, new(_callers.PeakDemand, _callers.MeanInUse, _callers.Calls, _callers.Waited));
            }
        }

        EndWeek();
        return new(
            _policy.Name, _total.WaitedShare, WaitOf(0.99), _total.ConnectionHours, _total.Opened, _total.Calls, WaitOf(1), _total.Seconds / 3600.0, _seed, _weeks);
    }

    private void Count(DateTimeOffset at, int opened, int paidFor)
    {
        var day = DateOnly.FromDateTime(at.Date);
        var week = day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
        if (week != _week)
        {
            EndWeek();
            (_week, _ofWeek) = (week, new() { From = day });
        }

        _total.Add(_callers, opened, paidFor);
        _ofWeek.Add(_callers, opened, paidFor);
    }

    private void EndWeek()
    {
        if (_ofWeek.Seconds > 0)
            _weeks.Add(new(_ofWeek.From, _ofWeek.WaitedShare, _ofWeek.ConnectionHours, _ofWeek.Opened));
    }

    private double WaitOf(double share)
    {
        var left = (long)Math.Ceiling(share * _callers.Waits.Sum());
        var slots = 0;
        while (slots + 1 < _callers.Waits.Length && (left -= _callers.Waits[slots]) > 0)
            slots++;
        return slots * CallerModel.SlotMs;
    }

    /// <summary>What is added up.</summary>
    private struct Tally
    {
        private long _waited;
        private long _connectionSeconds;

        public DateOnly From { get; init; }

        public long Seconds { get; private set; }

        public long Calls { get; private set; }

        public long Opened { get; private set; }

        public readonly double WaitedShare => Calls == 0 ? 0 : (double)_waited / Calls;

        public readonly double ConnectionHours => _connectionSeconds / 3600.0;

        public void Add(CallerModel callers, int opened, int paidFor)
        {
            Seconds++;
            Calls += callers.Calls;
            _waited += callers.Waited;
            _connectionSeconds += paidFor;
            Opened += opened;
        }
    }
}
