using System.Runtime.CompilerServices;
using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Replication;
using Afterwit.LibSql.Transport;
using Afterwit.LibSql.Writing;

namespace Afterwit.LibSql.Reading;

/// <summary>
/// Single reads of many callers. While a few are under way the next ones wait, and then go together as one batch: the server's cost of a request is shared, and
/// as many callers as there are need no more than a few streams. Only small and quick statements wait for each other; the rest take a stream of their own.
/// </summary>
internal sealed class GroupedReads(Servers servers, LibSqlStatistics statistics)
{
    /// <summary>The most reads in a batch.</summary>
    private const int MaxGroup = 64;

    /// <summary>Answers of more bytes are not worth waiting for.</summary>
    private const int MaxBytes = 16 << 10;

    /// <summary>Statements that take the server longer are not worth waiting for, in milliseconds.</summary>
    private const double MaxServerTime = 1;

    /// <summary>So many go at the same time where the way is short: one that the server works on, and one on its way.</summary>
    private const int FewUnderWay = 2;

    /// <summary>So many go at the same time where most of the time is spent on the way: less waiting, for more streams.</summary>
    private const int ManyUnderWay = 8;

    private static readonly TimeSpan ShortWay = TimeSpan.FromMilliseconds(3);

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = [];
    private TimeSpan _way;
    private int _underWay;

    /// <summary>Runs a statement that only reads.</summary>
    public ValueTask<ResultSet> ReadAsync(BoundStatement statement, Deadline deadline, CancellationToken cancellationToken)
    {
        if (statement.Prepared is not { ExpectedBytes: > 0 and < MaxBytes, ExpectedServerTime: < MaxServerTime })
            return servers.ReadAsync("read", statement, Single, deadline, cancellationToken);
        Waiting? waiting = null;
        lock (_gate)
        {
            if (_underWay < (_way < ShortWay ? FewUnderWay : ManyUnderWay))
                _underWay++;
            else
                _waiting.Enqueue(waiting = new(statement, deadline));
        }

        return waiting is null ? AloneAsync(statement, deadline, cancellationToken) : waiting.ResultAsync(cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<ResultSet> Single(HranaStream stream, (BoundStatement State, Servers Servers, Endpoint At, ulong? Seen) read, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!read.Servers.IsReplicated)
            return (await stream.SendAsync(HranaRequest.Execute(read.State), deadline, cancellationToken).ConfigureAwait(false)).Get<ResultSet>();
        var answers = await stream.SendAsync([HranaRequest.Execute(read.State, read.Seen), Writer.Where], deadline, cancellationToken).ConfigureAwait(false);
        var result = answers[0].Get<ResultSet>();
        read.Servers.Advance(read.At, result.ReplicationIndex); // of the primary, when a replica that has just started asked it
        read.Servers.Advance(read.At, answers[1].Get<ResultSet>().ReplicationIndex);
        return result;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ResultSet> AloneAsync(BoundStatement statement, Deadline deadline, CancellationToken cancellationToken)
    {
        var before = deadline.Remaining;
        try
        {
            var result = await servers.ReadAsync("read", statement, Single, deadline, cancellationToken).ConfigureAwait(false);
            _way += (before - deadline.Remaining - _way) / 8; // a race costs an update of a mean
            return result;
        }
        finally
        {
            Next();
        }
    }

    /// <summary>A place has come free: those who wait go together.</summary>
    private void Next()
    {
        List<Waiting> group = [];
        lock (_gate)
        {
            while (group.Count < MaxGroup && _waiting.TryDequeue(out var waiting))
            {
                if (!waiting.Task.IsCompleted)
                    group.Add(waiting);
            }

            if (group.Count == 0)
            {
                _underWay--;
                return;
            }
        }

        RunAsync(group).Forget();
    }

    private async Task RunAsync(List<Waiting> group)
    {
        try
        {
            statistics.Add(Counter.ReadGroups);
            statistics.Add(Counter.GroupedReads, group.Count);
            var steps = group.ConvertAll(w => new BoundStep(w.Statement, null));
            var batch = await servers.ReadAsync("reads", steps, static (stream, s, deadline, token) => Writer.BatchAsync(s.Servers, s.At, stream, s.State, s.Seen, deadline, token), group[^1].Deadline, CancellationToken.None).ConfigureAwait(false);
            for (var i = 0; i < group.Count; i++)
            {
                if (batch.Results[i] is { } result)
                    group[i].TrySetResult(result);
                else if (batch.Errors[i]?.IsBusy() == true)
                    await AnswerAloneAsync(group[i]).ConfigureAwait(false); // which tries until its deadline
                else
                    group[i].TrySetException(new LibSqlServerException(batch.Errors[i] ?? new("The server did not run the statement.", null)));
            }
        }
        catch (LibSqlServerException) when (group.Count > 1)
        {
            // One that cannot be parsed, or answers that are too large together, fail the whole batch: each finds out for itself.
            foreach (var waiting in group)
                await AnswerAloneAsync(waiting).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // An error is thrown to many: each gets its own.
            foreach (var waiting in group)
                waiting.TrySetException(e is LibSqlConnectionException lost ? new LibSqlConnectionException(lost.Message, lost) { OutcomeUnknown = lost.OutcomeUnknown } : e);
        }
        finally
        {
            // Whoever was answered may ask again at once: it goes along.
            await Task.Factory.StartNew(static () => { }, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).ConfigureAwait(false);
            Next();
        }
    }

    private async Task AnswerAloneAsync(Waiting waiting)
    {
        try
        {
            waiting.TrySetResult(await servers.ReadAsync("read", waiting.Statement, Single, waiting.Deadline, CancellationToken.None).ConfigureAwait(false));
        }
        catch (LibSqlException e)
        {
            waiting.TrySetException(e);
        }
    }

    /// <summary>A read that waits for its group.</summary>
    private sealed class Waiting(BoundStatement statement, Deadline deadline) : TaskCompletionSource<ResultSet>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public BoundStatement Statement => statement;

        public Deadline Deadline => deadline;

        public ValueTask<ResultSet> ResultAsync(CancellationToken cancellationToken) => cancellationToken.CanBeCanceled ? CancellableAsync(cancellationToken) : new(Task);

        private async ValueTask<ResultSet> CancellableAsync(CancellationToken cancellationToken)
        {
            await using var registration = cancellationToken.UnsafeRegister(static (w, token) => ((Waiting)w!).TrySetCanceled(token), this).ConfigureAwait(false);
            return await Task.ConfigureAwait(false);
        }
    }
}
