using System.Globalization;
using Afterwit.Storage;

namespace Afterwit.Dashboard.Alerts;

/// <summary>When something is wrong with a memory, and when it is well again.</summary>
/// <param name="Name">Names it in JSON.</param>
/// <param name="Title">What is wrong, in a few words.</param>
/// <param name="Value">How bad it is. Null when there is too little to say, which counts as well.</param>
/// <param name="Raise">From here on it is wrong.</param>
/// <param name="Clear">Below this it is well; between the two nothing changes.</param>
/// <param name="Explain">What was seen and what to do.</param>
internal sealed record AlertRule(string Name, string Title, Func<PulseReport, double?> Value, double Raise, double Clear, Func<PulseReport, string> Explain)
{
    /// <summary>The rules of the dashboard.</summary>
    public static IReadOnlyList<AlertRule> All(ServerOptions options) =>
    [
        new("pool_exhausted", "Every connection is in use", p => p.MaxOpen == 0 ? null : (double)p.InUse / p.MaxOpen, 1, 0.8,
            p => $"{p.InUse} of {p.MaxOpen} connections are in use. Allow more, or do less at once."),
        new("pool_waiting", "Reads wait for a connection", p => p.Waiting + p.WaitsPerS, 1, 0.2,
            p => Text($"{p.Waiting} wait now, {p.WaitsPerS:0.0} a second had to. The pool grows by itself up to its limit; raise the limit if that is reached.")),
        new("hit_rate", "The cache answers less than it did", p => p.HitRateEver - p.HitRate, 0.2, 0.1,
            p => Text($"{p.HitRate:P0} of lookups hit, {p.HitRateEver:P0} since the start. A new kind of work, or more of it than the cache holds: see Storage:Cache:MaxBytes.")),
        new("p99", "Slow operations", p => p.P99Us / 1000 / options.P99Target.TotalMilliseconds, 1, 0.8,
            p => Text($"One operation in a hundred takes longer than {p.P99Us / 1000:0.0} ms; the target is {options.P99Target.TotalMilliseconds:0.#} ms (Serve:P99Target). The table below shows which.")),
        new("errors", "Operations fail", p => p.ErrorShare, 0.05, 0.01,
            p => Text($"{p.ErrorShare:P1} of operations fail, {p.ErrorsPerS:0.0} a second. The errors below say how; `afterwit doctor` examines the database.")),
        new("replica_lag", "A replica is behind", p => p.ReplicaLag, options.MaxReplicaLag, options.MaxReplicaLag * 0.5,
            p => $"{p.ReplicaLag} entries of the primary's log behind. Reads that need what is missing go to the primary."),
    ];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
