using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Afterwit.Dashboard.Alerts;
using Afterwit.Storage;

namespace Afterwit.Dashboard.Page;

/// <summary>
/// What the memory of this process does, a sample a second: taken once, written once, and given to every page that is connected. A page that reads too slowly misses samples; it is
/// never waited for, and nothing is kept for it.
/// </summary>
internal sealed class LiveFeed : IDisposable
{
    /// <summary>So many pages may be connected.</summary>
    public const int MaxPages = 32;

    /// <summary>So many samples a page gets at its start: five minutes.</summary>
    private const int History = 300;

    private readonly MemoryMetrics _metrics;
    private readonly Pulse _pulse;
    private readonly AlertBoard _alerts;
    private readonly Queue<PulseReport> _history = [];
    private readonly HashSet<Channel<byte[]>> _pages = [];
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private bool _ended;

    /// <summary>Begins to sample.</summary>
    public LiveFeed(MemoryMetrics metrics, TimeProvider time, ServerOptions options)
    {
        (_metrics, _pulse, _alerts) = (metrics, new(metrics, time), new(AlertRule.All(options)));
        _timer = time.CreateTimer(static feed => ((LiveFeed)feed!).Sample(), this, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    /// <summary>Connects a page: the history first, then each sample, as events of a stream.</summary>
    /// <returns>Null when too many are connected, or the feed has ended.</returns>
    public Channel<byte[]>? Connect()
    {
        // One that waits is replaced by the next: the newest is what a page shows.
        var page = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(2) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
        {
            if (_ended || _pages.Count == MaxPages)
                return null;
            page.Writer.TryWrite(Event("history", JsonSerializer.SerializeToUtf8Bytes([.. _history], LiveJson.Default.PulseReportArray)));
            _pages.Add(page);
            return page;
        }
    }

    /// <summary>Lets a page go.</summary>
    public void Disconnect(Channel<byte[]> page)
    {
        lock (_gate)
            _pages.Remove(page);
    }

    /// <summary>Ends every stream.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _ended = true;
            foreach (var page in _pages)
                page.Writer.TryComplete();
        }
    }

    private static byte[] Event(string name, byte[] json) => [.. "event: "u8, .. System.Text.Encoding.ASCII.GetBytes(name), .. "\ndata: "u8, .. json, .. "\n\n"u8];

    private void Sample()
    {
        lock (_gate)
        {
            if (_ended)
                return;
            var report = _metrics.Report();
            var pulse = _pulse.Sample(report);
            var alerts = _alerts.Update(pulse);
            _history.Enqueue(pulse);
            if (_history.Count > History)
                _history.Dequeue();
            if (_pages.Count == 0)
                return;
            var sample = Event("sample", JsonSerializer.SerializeToUtf8Bytes(new(pulse, alerts, report), LiveJson.Default.LiveSample));
            foreach (var page in _pages)
                page.Writer.TryWrite(sample);
        }
    }
}

/// <summary>What a page gets each second.</summary>
internal sealed record LiveSample(PulseReport Pulse, IReadOnlyList<Alert> Alerts, MemoryReport Report);

/// <summary>The JSON of the stream.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LiveSample))]
[JsonSerializable(typeof(PulseReport[]))]
internal sealed partial class LiveJson : JsonSerializerContext;
