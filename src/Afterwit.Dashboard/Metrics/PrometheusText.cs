using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using Afterwit.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Afterwit.Dashboard.Metrics;

/// <summary>Listens to the meters of this program, of the runtime and of the server, and gives what they measured in the text format of Prometheus 0.0.4.</summary>
internal sealed class PrometheusText : IDisposable
{
    private static readonly HashSet<string> Meters = new(StringComparer.Ordinal) { AfterwitTelemetry.MeterName, AfterwitTelemetry.ServerMeterName, "System.Runtime", "Microsoft.AspNetCore.Hosting" };

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();
    private readonly Lock _collecting = new();

    /// <summary>Begins to listen.</summary>
    public PrometheusText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Of the client of servers and of files there are instruments of one name: they are one family.
            if (Meters.Contains(instrument.Meter.Name))
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(MetricFamily.NameOf(instrument), static (name, i) => new(name, i), instrument));
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Adds /metrics.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/metrics", async context =>
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Collect()), context.RequestAborted);
    });

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private string Collect()
    {
        lock (_collecting)
        {
            foreach (var family in _families.Values.Where(f => f.IsObserved))
                family.Clear();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
                family.Write(text);
            return text.ToString();
        }
    }
}
