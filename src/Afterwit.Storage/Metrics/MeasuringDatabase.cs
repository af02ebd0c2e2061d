using System.Diagnostics;

namespace Afterwit.Storage;

/// <summary>Measures the calls of a database, and makes an activity of each when somebody listens. An activity holds the text of the statements, never their values.</summary>
internal sealed class MeasuringDatabase(IDatabase inner, MemoryMetrics metrics) : DatabaseDecorator(inner)
{
    /// <inheritdoc/>
    public override Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
    {
        if (Telemetry.Activities.HasListeners())
            return ReadTracedAsync(queries, cancellationToken);
        var start = metrics.Now();
        var running = Inner.ReadAsync(queries, cancellationToken);
        if (!running.IsCompletedSuccessfully)
            return AwaitAsync(metrics.Reads, start, running);
        metrics.Reads.Record(start); // a file answers on the caller's thread: nothing to wait for, nothing to allocate
        return running;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
    {
        using var activity = Begin(metrics.Writes, unitOfWork.Count, () => unitOfWork.Select(c => c.Sql));
        var start = metrics.Now();
        try
        {
            var results = await Inner.WriteAsync(unitOfWork, cancellationToken).ConfigureAwait(false);
            metrics.Writes.Record(start);
            return results;
        }
        catch (Exception e)
        {
            metrics.Writes.Record(start, e);
            Fail(activity, e);
            throw;
        }
    }

    private static async Task AwaitAsync(Operation operation, long start, Task running)
    {
        try
        {
            await running.ConfigureAwait(false);
            operation.Record(start);
        }
        catch (Exception e)
        {
            operation.Record(start, e);
            throw;
        }
    }

    private static Activity? Begin(Operation operation, int statements, Func<IEnumerable<string>> sql)
    {
        if (!Telemetry.Activities.HasListeners())
            return null;
        var activity = Telemetry.Activities.StartActivity(operation.Name, ActivityKind.Client);
        if (activity is not { IsAllDataRequested: true })
            return activity;
        foreach (var (name, value) in operation.Tags)
            activity.SetTag(name, value);
        if (statements > 1)
            activity.SetTag("db.operation.batch.size", statements);
        activity.SetTag("db.query.text", string.Join("; ", sql()));
        return activity;
    }

    private static void Fail(Activity? activity, Exception e)
    {
        activity?.SetTag("error.type", e.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }

    private async Task ReadTracedAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
    {
        using var activity = Begin(metrics.Reads, queries.Count, () => queries.Select(q => q.Sql));
        try
        {
            await AwaitAsync(metrics.Reads, metrics.Now(), Inner.ReadAsync(queries, cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(activity, e);
            throw;
        }
    }
}
