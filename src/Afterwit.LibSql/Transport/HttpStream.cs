using System.Runtime.CompilerServices;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>
/// A stream over HTTP. It goes by its baton: each answer brings a new one, which is good for one request. What fails without an answer loses the baton, and with it the stream.
/// </summary>
internal sealed class HttpStream(HttpTransport transport) : HranaStream, IDisposable
{
    /// <summary>Results that ask for a cursor are large; how large is not known.</summary>
    private const double LargeResult = 1 << 20;

    private readonly PooledBuffer _message = new();
    private readonly PooledBuffer _answer = new();
    private Uri _root = transport.Root;
    private string? _baton;
    private string? _ended;

    public override bool IsAlive => _ended is null;

    public override async IAsyncEnumerable<CursorEntry> ReadCursorAsync(HranaRequest batch, Deadline deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = new HttpCall(transport, deadline, cancellationToken);
        await PostAsync(call, [batch], isCursor: true).ConfigureAwait(false);
        var head = default(StreamHead?);
        do
        {
            foreach (var entry in TakeEntries(ref head))
                yield return entry;
        }
        while (await call.ReadNextAsync(_answer).ConfigureAwait(false));
        if (_answer.Length > 0 || head is null)
            throw Unreadable(new("A cursor ended inside of a message."));
        Go(head.Value);
    }

    public void Dispose() => Close();

    public override void Close()
    {
        var baton = Interlocked.Exchange(ref _baton, null);
        _ended ??= "it was closed";
        if (baton is not null)
            transport.Close(deadline => CloseAsync(baton, deadline));
    }

    protected override async ValueTask ExchangeAsync(HranaRequest[] requests, HranaResponse[] responses, Deadline deadline, CancellationToken cancellationToken)
    {
        using var call = new HttpCall(transport, deadline, cancellationToken);
        await PostAsync(call, requests, isCursor: false).ConfigureAwait(false);
        await call.ReadAllAsync(_answer).ConfigureAwait(false);
        try
        {
            Go(transport.Messages.ReadPipeline(_answer.Written, requests, responses));
        }
        catch (HranaProtocolException e)
        {
            throw Unreadable(e);
        }

    }

    private async ValueTask PostAsync(HttpCall call, HranaRequest[] requests, bool isCursor)
    {
        if (_ended is not null)
            throw new LibSqlConnectionException($"The stream to {transport.Failures.Server} is of no use any more: {_ended}. Open another one.");
        for (var baton = _baton; ; baton = null)
        {
            _message.Clear();
            if (isCursor)
                transport.Messages.WriteCursor(_message, baton, requests[0]);
            else
                transport.Messages.WritePipeline(_message, baton, requests);
            (_baton, _ended) = (null, "its last answer did not come whole");
            try
            {
                await call.PostAsync(Url(isCursor ? "cursor" : "pipeline"), _message, _answer, transport.Compression.Pays(isCursor ? LargeResult : ExpectedBytes(requests))).ConfigureAwait(false);
                return;
            }
            catch (LibSqlServerException e) when (e.Code == HttpFailures.StreamExpired && baton is not null && !InTransaction)
            {
                // Nothing was done, and nothing is lost with the stream: a fresh one is as good.
                _root = transport.Root;
            }
        }
    }

    /// <summary>Takes the whole messages of a cursor out of what has come. The first one of all is no entry.</summary>
    private List<CursorEntry> TakeEntries(ref StreamHead? head)
    {
        var (entries, taken) = (new List<CursorEntry>(), 0);
        try
        {
            for (int length; (length = transport.Messages.TakeMessage(_answer.Written[taken..], out var message)) > 0; taken += length)
            {
                if (head is null)
                    head = transport.Messages.ReadHead(message);
                else
                    entries.Add(transport.Messages.ReadEntry(message));
            }

            _answer.Discard(taken);
            return entries;
        }
        catch (HranaProtocolException e)
        {
            throw Unreadable(e);
        }
    }

    /// <summary>Goes where an answer says.</summary>
    private void Go(StreamHead head)
    {
        (_baton, _ended) = (head.Baton, head.Baton is null ? "the server has closed it" : null);
        if (head.BaseUrl is null)
            return;
        if (transport.Move(head.BaseUrl) is { } root)
            _root = root;
        else
            (_baton, _ended) = (null, $"the server wants it to go on at {head.BaseUrl}, where the token would travel without TLS; correct --http-self-url of the server");
    }

    private async Task CloseAsync(string baton, Deadline deadline)
    {
        try
        {
            using var call = new HttpCall(transport, deadline, CancellationToken.None);
            _message.Clear();
            transport.Messages.WritePipeline(_message, baton, [new(RequestKind.CloseStream)]);
            await call.PostAsync(Url("pipeline"), _message, _answer, isCompressed: false).ConfigureAwait(false);
            await call.ReadAllAsync(_answer).ConfigureAwait(false);
            _message.Dispose();
            _answer.Dispose();
        }
        catch (Exception e) when (e is LibSqlException or ObjectDisposedException)
        {
            // A stream that cannot be closed now is closed by the server after 10 seconds.
        }
    }

    private HranaProtocolException Unreadable(HranaProtocolException cause) =>
        new($"The server at {transport.Failures.Server} gave an answer that cannot be read. {cause.Message} Is a server of libSQL there, and nothing on the way that changes its answers?", cause) { OutcomeUnknown = true };

    private Uri Url(string what) => new(_root, $"{_root.AbsolutePath.TrimEnd('/')}/{transport.Messages.Version}/{what}");

    private static double ExpectedBytes(HranaRequest[] requests) => requests.Sum(r => r.Kind switch
    {
        RequestKind.Execute => r.Statement.Prepared.ExpectedBytes,
        RequestKind.Batch => r.Steps!.Sum(s => s.Statement.Prepared.ExpectedBytes),
        _ => 0,
    });
}
