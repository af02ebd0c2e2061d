using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Replication;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql.Writing;

/// <summary>
/// The one writer of a database: concurrent writers make the server slow, and each commit costs the same however much is in it. Whatever was queued while the
/// last commit was under way goes into the next one. A group whose answer was lost is sent again only as far as its units are safe to repeat.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    /// <summary>So much goes into one group; the server takes messages of up to 64 MiB, and holds the write lock while it works.</summary>
    private const long MaxGroupBytes = 4 << 20;

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A trivial statement that goes behind others where replicas read: its answer tells how far the log has come. That of a batch does not tell it, and that of
    /// a read may tell less than it showed: a commit is seen a moment before the number of it.
    /// </summary>
    public static readonly HranaRequest Where = HranaRequest.Execute(new(new("SELECT 1"), []));

    private readonly Servers _servers;
    private readonly LibSqlStatistics _statistics;
    private readonly TimeProvider _time;
    private readonly GroupCommitQueue<WriteUnit, IReadOnlyList<ResultSet>> _queue;

    public Writer(Servers servers, LibSqlOptions options, LibSqlStatistics statistics, TimeProvider time)
    {
        (_servers, _statistics, _time) = (servers, statistics, time);
        _queue = new(CommitAsync, options.MaxGroupCommit);
    }

    /// <summary>What every transaction ends with; null when there is nothing.</summary>
    public BoundStatement? WithEachCommit { get; set; }

    /// <summary>Queues a unit and returns after the commit that holds it. Each ends by its own deadline, however long the groups before it take.</summary>
    public async Task<IReadOnlyList<ResultSet>> WriteAsync(WriteUnit unit, CancellationToken cancellationToken)
    {
        var write = _queue.Enqueue(unit, cancellationToken);
        try
        {
            // The work itself ends at the deadline and says why; this is for what still waits then.
            return await write.Completion.Task.WaitAsync(unit.Deadline.Remaining + Grace, _time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var isSent = !write.TryTake();
            var what = isSent ? "the write may have been kept" : "the write was not sent, as others were before it";
            var cause = _servers.Primary.Circuit.LastFailure;
            var message = $"{_servers.Primary.Address.Name} did not commit within {unit.Deadline.Allowed.TotalSeconds:0.###} s; {what}. {cause?.Message}".TrimEnd();
            var error = new LibSqlConnectionException(message, cause) { OutcomeUnknown = isSent };
            return write.Completion.TrySetException(error) ? throw error : await write.Completion.Task.ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _queue.DisposeAsync();

    private async Task CommitAsync(IReadOnlyList<QueuedWrite<WriteUnit, IReadOnlyList<ResultSet>>> group)
    {
        for (var first = 0; first < group.Count;)
        {
            var end = first;
            for (var bytes = 0L; end < group.Count && (end == first || bytes + group[end].Unit.Bytes <= MaxGroupBytes); end++)
                bytes += group[end].Unit.Bytes;
            await CommitPartAsync([.. group.Skip(first).Take(end - first)]).ConfigureAwait(false);
            first = end;
        }
    }

    private async Task CommitPartAsync(List<QueuedWrite<WriteUnit, IReadOnlyList<ResultSet>>> group)
    {
        try
        {
            await SendAsync(group).ConfigureAwait(false);
        }
        catch (LibSqlServerException e) when (group.Count > 1 && !e.OutcomeUnknown)
        {
            // A statement that cannot be parsed, or answers that are too large together, fail the whole batch: each finds out for itself.
            foreach (var write in group)
                await CommitPartAsync([write]).ConfigureAwait(false);
        }
        catch (LibSqlException e) when (e.OutcomeUnknown && group.Any(w => w.Unit.SafeToRepeat) && !group.All(w => w.Unit.SafeToRepeat))
        {
            // What may have been kept is sent again only where that is safe; the others are told.
            foreach (var write in group)
            {
                if (!write.Unit.SafeToRepeat)
                    write.Completion.TrySetException(e);
            }

            await CommitPartAsync([.. group.Where(w => w.Unit.SafeToRepeat)]).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            foreach (var write in group)
                write.Completion.TrySetException(e);
        }
    }

    private async Task SendAsync(List<QueuedWrite<WriteUnit, IReadOnlyList<ResultSet>>> group)
    {
        var units = group.Select(w => w.Unit).ToList();
        var safe = units.TrueForAll(u => u.SafeToRepeat);
        var deadline = units.MaxBy(u => u.Deadline.Remaining)!.Deadline;
        var last = WithEachCommit;
        if (last is null && units is [{ Steps: [{ ExpectedRows: null }] } single])
        {
            // One statement is a transaction by itself.
            var result = await _servers.Primary.RunAsync("write", safe, (_servers, single), static async (stream, s, deadline, token) =>
            {
                var known = s._servers.Seen;
                var result = (await stream.SendAsync(HranaRequest.Execute(s.single.Steps[0].Statement), deadline, token).ConfigureAwait(false)).Get<ResultSet>();
                s._servers.Advance(s._servers.Primary, result.ReplicationIndex, known);
                return result;
            }, deadline, CancellationToken.None).ConfigureAwait(false);
            _statistics.Committed(1);
            group[0].Completion.TrySetResult([result]);
            return;
        }

        var batch = new GroupBatch(units, last);
        var outcomes = await _servers.Primary.RunAsync("write", safe, (_servers, batch), static async (stream, s, deadline, token) =>
        {
            var outcomes = s.batch.Settle(await SendAsync(s._servers, stream, s.batch, deadline, token).ConfigureAwait(false));
            return outcomes.All(o => o.Error is LibSqlServerException { IsBusy: true }) ? throw outcomes[0].Error! : outcomes;
        }, deadline, CancellationToken.None).ConfigureAwait(false);
        if (outcomes.Count(o => o.Results is not null) is > 0 and var kept)
            _statistics.Committed(kept);
        List<QueuedWrite<WriteUnit, IReadOnlyList<ResultSet>>> undone = [];
        for (var i = 0; i < group.Count; i++)
        {
            if (outcomes[i].Error is { } error)
                group[i].Completion.TrySetException(error);
            else if (outcomes[i].Results is { } results)
                group[i].Completion.TrySetResult(results);
            else
                undone.Add(group[i]);
        }

        // Who was undone with others goes again without those at fault; where nobody is known to be, each goes alone.
        if (undone.Count < group.Count && undone.Count > 0)
            await CommitPartAsync(undone).ConfigureAwait(false);
        else
            foreach (var write in undone)
                await CommitPartAsync([write]).ConfigureAwait(false);
    }

    /// <summary>Sends a batch. Where replicas read after it, a trivial statement goes with it: a batch itself does not tell how far the log has come.</summary>
    public static async ValueTask<BatchResult> BatchAsync(Servers servers, Endpoint at, HranaStream stream, IReadOnlyList<BoundStep> steps, ulong? index, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!servers.IsReplicated)
            return Get(stream, await stream.SendAsync(HranaRequest.Batch(steps, index), deadline, cancellationToken).ConfigureAwait(false));
        var known = servers.Seen;
        var answers = await stream.SendAsync([HranaRequest.Batch(steps, index), Where], deadline, cancellationToken).ConfigureAwait(false);
        var result = Get(stream, answers[0]);
        servers.Advance(at, answers[1].Get<ResultSet>().ReplicationIndex, known);
        return result;
    }

    /// <summary>Sends a group. One that no message holds goes in several, between which its transaction is open: the server ends it when it has held up another writer for 5 s.</summary>
    private static async ValueTask<BatchResult> SendAsync(Servers servers, HranaStream stream, GroupBatch batch, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!batch.IsLarge)
            return await BatchAsync(servers, servers.Primary, stream, batch.Steps, null, deadline, cancellationToken).ConfigureAwait(false);
        var (results, errors, done) = (new ResultSet?[batch.Steps.Count], new ServerError?[batch.Steps.Count], 0);
        foreach (var message in batch.Messages())
        {
            var answer = await BatchAsync(servers, servers.Primary, stream, message, null, deadline, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < message.Count; i++)
                (results[done + i], errors[done + i]) = (answer.Results[i], answer.Errors[i]);
            done += message.Count;
            stream.InTransaction = done < results.Length;
            if (answer.Results.Contains(null))
                break;
        }

        return new(results, errors);
    }

    /// <summary>A batch that was refused as a whole, as for an answer that is too large, ended where it was: what it opened is still open.</summary>
    private static BatchResult Get(HranaStream stream, in HranaResponse response)
    {
        stream.InTransaction |= response.Error is not null;
        return response.Get<BatchResult>();
    }
}
