using System.Runtime.CompilerServices;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>
/// A stream: one SQLite connection on the server, whatever way leads to it. One caller uses it at a time; its requests run in order. The stream opens with its
/// first request, in the same message. A stream whose answer was lost, came too late or was not waited for is dead: it is closed, never lent again.
/// </summary>
internal abstract class HranaStream
{
    private readonly HranaRequest[] _request = new HranaRequest[1];
    private readonly HranaResponse[] _response = new HranaResponse[1];

    /// <summary>False once it must not be used any more.</summary>
    public abstract bool IsAlive { get; }

    /// <summary>Who uses it, and since when: for the message of an exhausted pool.</summary>
    public string Holder { get; set; } = "";

    /// <summary>When it was lent or given back, as a timestamp of the clock.</summary>
    public long Since { get; set; }

    /// <summary>Set while its user has a transaction open.</summary>
    public bool InTransaction { get; set; }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="LibSqlConnectionException">The connection broke or the deadline passed; the stream is dead.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HranaResponse> SendAsync(HranaRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        _request[0] = request;
        await ExchangeAsync(_request, _response, deadline, cancellationToken).ConfigureAwait(false);
        var response = _response[0];
        _response[0] = default;
        return response;
    }

    /// <summary>Sends requests in one message and waits for all of their answers.</summary>
    public async ValueTask<HranaResponse[]> SendAsync(HranaRequest[] requests, Deadline deadline, CancellationToken cancellationToken)
    {
        var responses = new HranaResponse[requests.Length];
        await ExchangeAsync(requests, responses, deadline, cancellationToken).ConfigureAwait(false);
        return responses;
    }

    /// <summary>Streams the results of a batch, entry by entry, without holding all of them.</summary>
    public abstract IAsyncEnumerable<CursorEntry> ReadCursorAsync(HranaRequest batch, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Closes the stream on the server without waiting for it, which also undoes what is open on it.</summary>
    public abstract void Close();

    /// <summary>Sends requests and fills in their answers, in order.</summary>
    protected abstract ValueTask ExchangeAsync(HranaRequest[] requests, HranaResponse[] responses, Deadline deadline, CancellationToken cancellationToken);
}

/// <summary>A way to a server that opens streams.</summary>
internal interface ITransport : IAsyncDisposable
{
    /// <summary>A new stream. The server hears of it with its first request; a connection is made when there is none with room.</summary>
    /// <exception cref="LibSqlConnectionException">The server cannot be reached.</exception>
    ValueTask<HranaStream> OpenAsync(Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Told of every stream that has been closed.</summary>
    void Released(HranaStream stream)
    {
    }

    /// <summary>How long a stream may lie idle before the server forgets it. Null where it does not.</summary>
    TimeSpan? IdleLimit { get; }
}
