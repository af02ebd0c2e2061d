using System.Globalization;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Afterwit.Cli.Commands;

/// <summary>A report of `afterwit stats --watch`, for people.</summary>
internal static class WatchTables
{
    private const int Decisions = 5;

    public static IRenderable Of(WatchJson report) => new Rows(
    [
        InkWriter.Cell(Ink.Bold(report.Database), $"  {report.At:HH:mm:ss} UTC"),
        .. report.Held is { } held
            ? [InkWriter.Cell($"No process works on it. It holds {Words.Many(held.Episodes, "episode")} ({Words.Count(held.Running)} running), {Words.Many(held.Steps, "step")}, {Words.Many(held.Patterns, "pattern")} in {Words.Count(held.FileBytes)} bytes.")]
            : report.Processes.SelectMany(Of),
    ]);

    private static IEnumerable<IRenderable> Of(MemoryReport process)
    {
        yield return InkWriter.Cell(Ink.Bold($"{process.Process}, process {process.Pid}"), Invariant($", {process.System}, open for {process.UptimeS:0} s: {process.RoundTrips} round trips, {process.Rows} rows, {process.EpisodesLearned} episodes learned"));
        yield return Operations([.. process.Calls.Select(o => o with { Operation = $"database {o.Operation}" }), .. process.Operations]);
        yield return Parts(process);
    }

    private static Table Operations(IReadOnlyList<OperationReport> operations)
    {
        var table = Output.Table("operation", "by", "count", "/s, 10 s", "/s, 1 min", "p50 µs", "p95 µs", "p99 µs", "max µs", "errors");
        foreach (var o in operations)
        {
            table.AddRow(
                (Text[])[.. ((string[])[o.Operation, o.Query ?? "", Words.Count(o.Count), Invariant($"{o.PerS10s:0.0}"), Invariant($"{o.PerS1m:0.0}"), Micro(o.P50Us), Micro(o.P95Us), Micro(o.P99Us), Micro(o.MaxUs), Words.Count(o.Errors)])
                    .Select(cell => new Text(cell))]);
        }

        return table;
    }

    private static Table Parts(MemoryReport process)
    {
        var table = Output.Table("part", "what it did");
        foreach (var c in process.Cache)
            Add($"cache, {c.Kind}", $"{Words.Percent(c.HitRate)} of lookups hit: {c.Hits} hits, {c.Misses} misses, {c.Loads} loads, {c.Evictions} evictions");
        Add("statements", $"{process.Statements.Hits} found prepared, {process.Statements.Misses} prepared");
        var pool = process.Pool;
        Add("connections", Invariant($"{pool.InUse} of {pool.Open} in use, {pool.Size} allowed now, {pool.Max} ever; {pool.Opened} opened in {pool.CreateMs:0.0} ms, {pool.Reused} reused; {pool.Waits} waits, {pool.WaitMs:0.0} ms; {pool.Waiting} wait now"));
        if (process.System == "libsql")
            Add("sizing", $"{pool.Resizes} decisions{(pool.Reason is null ? "" : $", the last: {pool.Reason}")}");
        var writer = process.Writer;
        Add("writer", $"{writer.Commits} commits of {writer.Writes} writes; in a commit p50 {writer.GroupP50}, p95 {writer.GroupP95}, at most {writer.GroupMax}");
        foreach (var c in process.Compression)
            Add($"compression, {c.Kind}", Invariant($"{c.Codec}, ratio {c.Ratio:0.00}: {c.Encoded} encoded in {c.EncodeMs:0.0} ms, {c.Decoded} decoded in {c.DecodeMs:0.0} ms"));
        var json = process.Serialization;
        Add("serialization", Invariant($"{json.Written} values written in {json.WriteMs:0.0} ms, {json.Read} read in {json.ReadMs:0.0} ms"));
        if (process.Network is { } network)
            Add("network", $"{Words.Count(network.BytesSent)} bytes sent, {Words.Count(network.BytesReceived)} received; {network.Retries} retries, {network.BusyRetries} for busy");
        if (process.Tuning is { } tuning)
        {
            foreach (var knob in tuning.Knobs)
                Add($"tuning, {knob.Name}", $"{knob.Value}, within {knob.Least} to {knob.Most}");
            foreach (var d in tuning.Decisions.Take(Decisions))
                Add($"tuned, {d.At:HH:mm:ss}", $"{d.Knob} {d.From} to {d.To}, {(d.Outcome == TuningOutcome.Kept ? "kept" : "undone")}: {d.Reason}");
        }

        foreach (var e in process.Errors)
            Add("errors", $"{e.Operation}: {e.Count} {e.Type}");
        return table;

        void Add(string part, string what) => table.AddRow(InkWriter.Cell(part), InkWriter.Cell(what));
    }

    private static string Micro(double microseconds) => microseconds.ToString(microseconds < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
