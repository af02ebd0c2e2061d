using System.Collections.Concurrent;

namespace Afterwit.Storage;

/// <summary>What one kind of operation took and how it failed. What never ran takes no memory.</summary>
/// <param name="name">The operation, such as <c>list_episodes</c>.</param>
/// <param name="query">By what it looks. Null where there is but one way.</param>
/// <param name="instrument">Where each is recorded for whoever listens.</param>
/// <param name="tags">What goes with it there.</param>
/// <param name="time">The clock.</param>
internal sealed class Operation(string name, string? query, Histogram<double> instrument, KeyValuePair<string, object?>[] tags, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private Times? _times;

    /// <summary>The name.</summary>
    public string Name => name;

    /// <summary>What goes with it to whoever listens.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>How often each type of exception ended it.</summary>
    public IReadOnlyDictionary<string, long> Errors => _errors;

    /// <summary>How many there were, and the time that they took together.</summary>
    public (long Count, double Nanoseconds) Total => Volatile.Read(ref _times)?.Durations is { } all ? (all.Count, all.Sum) : default;

    /// <summary>Adds how long each took to a sum.</summary>
    public void AddTo(LogHistogram sum) => Volatile.Read(ref _times)?.Durations.AddTo(sum);

    /// <summary>Keeps an operation that began then and ends now.</summary>
    public void Record(long start, Exception? error = null)
    {
        var end = time.GetTimestamp();
        var took = time.GetElapsedTime(start, end);
        var times = _times ?? Volatile.Read(ref _times) ?? Interlocked.CompareExchange(ref _times, new(time), null) ?? _times;
        times.Durations.Record((long)took.TotalNanoseconds);
        times.Rate.Add(end);
        if (error is not null)
            _errors.AddOrUpdate(error.GetType().Name, 1, static (_, count) => count + 1);
        if (instrument.Enabled)
            instrument.Record(took.TotalSeconds, error is null ? tags : [.. tags, new("error.type", error.GetType().FullName)]);
    }

    /// <summary>What it took until now. Null when it never ran.</summary>
    public OperationReport? Report()
    {
        return Volatile.Read(ref _times) is not { } times ? null : new(
            name, query, times.Durations.Count, _errors.Values.Sum(), Math.Round(times.Rate.Over(10), 2), Math.Round(times.Rate.Over(60), 2),
            Micro(times.Durations.Percentile(0.5)), Micro(times.Durations.Percentile(0.95)), Micro(times.Durations.Percentile(0.99)), Micro(times.Durations.Max));

        static double Micro(long nanoseconds) => nanoseconds / 1000.0;
    }

    private sealed class Times(TimeProvider time)
    {
        public LogHistogram Durations { get; } = new();

        public MovingRate Rate { get; } = new(time);
    }
}
