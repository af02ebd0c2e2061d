using System.IO.Compression;
using System.Net;
using System.Runtime.InteropServices;
using Afterwit.LibSql.Protocol;

namespace Afterwit.LibSql.Transport;

/// <summary>A request over HTTP and the body of its answer. All that can go wrong on the way is a <see cref="LibSqlException"/>; a caller's cancellation stays one.</summary>
internal sealed class HttpCall(HttpTransport transport, Deadline deadline, CancellationToken cancellationToken) : IDisposable
{
    /// <summary>No answer is so large; without a limit a few compressed bytes could fill the memory.</summary>
    private const int MaxLength = 512 << 20;

    private const int ReadAhead = 64 << 10;
    private readonly CancellationTokenSource _ends = deadline.Link(cancellationToken);
    private HttpResponseMessage? _response;
    private MeteredStream? _wire;
    private Stream? _body;
    private long _length;
    private long _read;

    private bool IsCompressed => _body != _wire;

    /// <summary>Sends a message and waits for the beginning of its answer.</summary>
    /// <exception cref="LibSqlException">It did not come, or it was a refusal.</exception>
    public async ValueTask PostAsync(Uri url, PooledBuffer message, PooledBuffer answer, bool isCompressed)
    {
        MemoryMarshal.TryGetArray(message.WrittenMemory, out var bytes);
        using var content = new BufferContent(bytes) { Headers = { ContentType = new(transport.Messages.MediaType) } };
        _response?.Dispose();
        try
        {
            transport.Statistics.Add(Counter.RoundTrips);
            transport.Statistics.Add(Counter.BytesSent, message.Length);
            _response = await transport.SendAsync(url, content, isCompressed, _ends.Token).ConfigureAwait(false);
            _wire = new(await _response.Content.ReadAsStreamAsync(_ends.Token).ConfigureAwait(false), transport.Statistics, transport.Time);
        }
        catch (Exception e) when (IsOfTheWay(e))
        {
            throw Failure(e, content.HasBegun);
        }

        var headers = _response.Content.Headers;
        _body = headers.ContentEncoding.Contains("gzip") ? new GZipStream(_wire, CompressionMode.Decompress) : _wire;
        (_read, _length) = (0, IsCompressed ? long.MaxValue : headers.ContentLength ?? long.MaxValue);
        answer.Clear();
        if (_response.StatusCode == HttpStatusCode.OK)
            return;
        await ReadAllAsync(answer).ConfigureAwait(false);
        throw transport.Failures.Answered(_response.StatusCode, answer.Written);
    }

    /// <summary>Reads the rest of the answer.</summary>
    public async ValueTask ReadAllAsync(PooledBuffer answer)
    {
        while (await ReadAsync(answer).ConfigureAwait(false))
        {
            // All of it is wanted.
        }

        if (IsCompressed)
            transport.Compression.CameCompressed(_wire!.Bytes, _read);
        else
            transport.Compression.CamePlain(_wire!.BytesAfterFirst, _wire.TimeAfterFirst);
    }

    /// <summary>Reads what comes next of a long answer. It has the whole time of the call again: how long the entries before it were looked at is the caller's affair.</summary>
    public async ValueTask<bool> ReadNextAsync(PooledBuffer answer)
    {
        _ends.CancelAfter(deadline.Allowed);
        var hasMore = await ReadAsync(answer).ConfigureAwait(false);
        _ends.CancelAfter(Timeout.InfiniteTimeSpan);
        if (!hasMore && IsCompressed)
            transport.Compression.CameCompressed(_wire!.Bytes, _read);
        return hasMore;
    }

    public void Dispose()
    {
        _body?.Dispose();
        _response?.Dispose();
        _ends.Dispose();
    }

    private async ValueTask<bool> ReadAsync(PooledBuffer answer)
    {
        if (_read >= _length)
            return false;
        if (answer.Length > MaxLength)
            throw new HranaProtocolException($"The server at {transport.Failures.Server} sent a message of more than {MaxLength} bytes.");
        try
        {
            var space = answer.GetMemory((int)Math.Min(_length - _read, ReadAhead));
            var count = await _body!.ReadAsync(space, _ends.Token).ConfigureAwait(false);
            answer.Advance(count);
            _read += count;
            return count > 0;
        }
        catch (Exception e) when (IsOfTheWay(e))
        {
            throw Failure(e, isSent: true);
        }
    }

    private LibSqlException Failure(Exception cause, bool isSent)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return transport.Failures.Broke(cause, isSent, deadline);
    }

    private static bool IsOfTheWay(Exception e) => e is HttpRequestException or IOException or OperationCanceledException or InvalidDataException;

    /// <summary>The body of a request, sent from where it was written.</summary>
    private sealed class BufferContent(ArraySegment<byte> bytes) : ByteArrayContent(bytes.Array!, bytes.Offset, bytes.Count)
    {
        /// <summary>Whether the server may have got it. As long as it has not begun, the server cannot have done anything.</summary>
        public bool HasBegun { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            HasBegun = true;
            return base.SerializeToStreamAsync(stream, context, cancellationToken);
        }
    }
}
