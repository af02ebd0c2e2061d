using Afterwit.LibSql.Protocol;
using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql;

/// <summary>A transaction of several calls, on a stream of its own. What is not committed is undone when it is disposed of. One caller uses it at a time.</summary>
public sealed class LibSqlTransaction : IAsyncDisposable
{
    private static readonly PreparedStatement Begin = new("BEGIN IMMEDIATE");
    private static readonly PreparedStatement Commit = new("COMMIT");

    private readonly LibSqlClient _client;
    private readonly HranaStream _stream;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private bool _ended;
    private bool _returned;

    internal LibSqlTransaction(LibSqlClient client, HranaStream stream, TimeSpan timeout, TimeProvider time) => (_client, _stream, _timeout, _time) = (client, stream, timeout, time);

    /// <summary>Runs a statement.</summary>
    public async Task<ResultSet> ExecuteAsync(Statement statement, CancellationToken cancellationToken = default)
    {
        var result = (await SendAsync(HranaRequest.Execute(_client.Statements.Bind(statement, mayControl: true)), cancellationToken).ConfigureAwait(false)).Get<ResultSet>();
        _client.Servers.Advance(_client.Servers.Primary, result.ReplicationIndex);
        return result;
    }

    /// <summary>Runs many statements without parameters, separated by semicolons; stops at the first error.</summary>
    public async Task ExecuteScriptAsync(string script, CancellationToken cancellationToken = default)
    {
        if ((await SendAsync(HranaRequest.Sequence(new(script)), cancellationToken).ConfigureAwait(false)).Error is { } error)
            throw new LibSqlServerException(error);
    }

    /// <summary>Keeps what was done.</summary>
    /// <exception cref="LibSqlConnectionException">The answer was lost: it may have been kept.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        if (_client.WithEachCommit is { } last)
            await ExecuteAsync(last, cancellationToken).ConfigureAwait(false);
        var known = _client.Servers.Seen;
        var result = (await SendAsync(HranaRequest.Execute(new(Commit, [])), cancellationToken).ConfigureAwait(false)).Get<ResultSet>();
        _client.Servers.Advance(_client.Servers.Primary, result.ReplicationIndex, known);
        _ended = true;
        _stream.InTransaction = false;
    }

    /// <summary>Undoes what was not committed and gives the stream back.</summary>
    public ValueTask DisposeAsync()
    {
        if (!_returned)
        {
            _returned = _ended = true;
            _client.Servers.Primary.Pool.Return(_stream);
        }

        return ValueTask.CompletedTask;
    }

    internal async Task BeginAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        (await _stream.SendAsync(HranaRequest.Execute(new(Begin, [])), deadline, cancellationToken).ConfigureAwait(false)).Get<ResultSet>();
        _stream.InTransaction = true;
    }

    private ValueTask<HranaResponse> SendAsync(HranaRequest request, CancellationToken cancellationToken) =>
        _ended ? throw new InvalidOperationException("The transaction has ended.") : _stream.SendAsync(request, new(_time, _timeout), cancellationToken);
}
