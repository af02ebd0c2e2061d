using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>A stream on a WebSocket. Waiting for answers allocates nothing: the stream itself is what is waited on.</summary>
internal sealed class SocketStream(SocketConnection connection, TimeProvider time) : HranaStream, IValueTaskSource
{
    /// <summary>How many entries of a cursor are asked for at a time.</summary>
    private const int CursorPageSize = 512;

    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private HranaRequest[] _requests = [];
    private HranaResponse[] _responses = [];
    private CancellationTokenRegistration _cancellation;
    private int _outstanding;
    private int _isWaiting;
    private bool _opened;
    private bool _isOpening;
    private bool _dead;

    /// <summary>Its number on the socket.</summary>
    public int Id { get; } = connection.NextId();

    /// <summary>By when the answers have to be there.</summary>
    public Deadline Deadline { get; private set; }

    /// <summary>When the requests were sent, as a timestamp of the clock.</summary>
    public long SentAt { get; private set; }

    public override bool IsAlive => !Volatile.Read(ref _dead) && connection.IsAlive;

    public SocketConnection Connection => connection;

    /// <summary>Takes an answer; the last one ends the waiting.</summary>
    public void Answer(int index, in SocketMessage message)
    {
        if (message.Kind == SocketMessageKind.ResponseError)
        {
            var error = ProtobufResponses.ReadError(message.Body);
            if (index < 0)
            {
                Fail(new LibSqlConnectionException($"The server opened no stream: {error.Message}."));
                return;
            }

            _responses[index] = new(_requests[index].Kind, Error: error);
        }
        else if (index < 0)
        {
            _isOpening = false;
        }
        else
        {
            if (message.Answers != _requests[index].Kind)
                throw new HranaProtocolException($"The server answered {message.Answers} to {_requests[index].Kind}.");
            _responses[index] = ProtobufResponses.Read(message.Body, _requests[index]);
        }

        if (Interlocked.Decrement(ref _outstanding) == 0)
            End(null);
    }

    /// <summary>Ends the waiting with an error. The stream is dead: an answer that comes later would be taken for that of another request.</summary>
    public void Fail(Exception error)
    {
        Volatile.Write(ref _dead, true);
        if (_isOpening && error is LibSqlConnectionException lost)
            error = new LibSqlConnectionException($"{lost.Message} It was opening a stream: the server may have reached the stream limit that all its clients share (--max-concurrent-connections).", lost) { OutcomeUnknown = lost.OutcomeUnknown };
        End(error);
    }

    public override async IAsyncEnumerable<CursorEntry> ReadCursorAsync(HranaRequest batch, Deadline deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = connection.NextId();
        var fetch = new HranaRequest(RequestKind.FetchCursor) { Id = id, MaxCount = CursorPageSize };
        var first = await SendAsync([batch with { Kind = RequestKind.OpenCursor, Id = id }, fetch], deadline, cancellationToken).ConfigureAwait(false);
        if (first[0].Error is { } refused)
            throw new LibSqlServerException(refused);
        try
        {
            for (var page = first[1].Get<CursorPage>(); ; page = (await SendAsync(fetch, new(time, deadline.Allowed), cancellationToken).ConfigureAwait(false)).Get<CursorPage>())
            {
                foreach (var entry in page.Entries)
                    yield return entry;
                if (page.IsLast)
                    yield break;
            }
        }
        finally
        {
            if (IsAlive)
                connection.Post(this, new(RequestKind.CloseCursor) { Id = id });
        }
    }

    public override void Close()
    {
        if (_opened && connection.IsAlive)
            connection.Post(this, new(RequestKind.CloseStream));
        Volatile.Write(ref _dead, true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        // Waits for a cancellation that is under way: it must not end the next exchange.
        _cancellation.Dispose();
        try
        {
            _source.GetResult(token);
        }
        finally
        {
            _source.Reset();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _source.OnCompleted(continuation, state, token, flags);

    protected override ValueTask ExchangeAsync(HranaRequest[] requests, HranaResponse[] responses, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsAlive)
            throw new LibSqlConnectionException("The stream was closed.");
        (_requests, _responses, Deadline, SentAt) = (requests, responses, deadline, time.GetTimestamp());
        var open = !_opened;
        _isOpening = open;
        _outstanding = requests.Length + (open ? 1 : 0);
        _isWaiting = 1;
        if (requests is [{ Kind: RequestKind.Execute }] && connection.Stored.Choose(requests[0].Statement.Prepared, out var store) is > 0 and var id)
        {
            if (store > 0)
            {
                connection.Post(this, new(RequestKind.StoreSql) { Id = store, Statement = requests[0].Statement });
                connection.Stored.Kept(requests[0].Statement.Prepared, store);
            }

            requests[0] = requests[0] with { Statement = requests[0].Statement with { SqlId = id } };
        }

        var wait = new ValueTask(this, _source.Version);
        if (cancellationToken.CanBeCanceled)
            _cancellation = cancellationToken.UnsafeRegister(static (stream, token) => ((SocketStream)stream!).Fail(new OperationCanceledException(token)), this);
        try
        {
            connection.Send(this, open, requests);
            _opened = true;
        }
        catch (Exception e)
        {
            Fail(e);
        }

        return wait;
    }

    private void End(Exception? error)
    {
        if (Interlocked.Exchange(ref _isWaiting, 0) == 0)
            return;
        if (error is not null)
            connection.Abandon(this);
        if (error is null && _requests is [{ Kind: RequestKind.Execute }])
            connection.Stored.Took(_requests[0], time.GetElapsedTime(SentAt));
        if (error is null)
            _source.SetResult(true);
        else
            _source.SetException(error);
    }
}
