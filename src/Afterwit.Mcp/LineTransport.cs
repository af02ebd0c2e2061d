using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Afterwit.Mcp;

/// <summary>
/// The protocol over two streams, one message a line: standard input and output, or a socket. A line that is no message is answered with an error, and the session goes on; one that is
/// too long is skipped without being held. At the end of the input what was asked for is still answered.
/// </summary>
public sealed class LineTransport : ITransport
{
    /// <summary>How long a message may be unless the caller says otherwise, in bytes: 10 MB.</summary>
    public const int DefaultMaxMessageBytes = 10_000_000;

    private static readonly JsonTypeInfo<CancelledNotificationParams> CancelledFormat = (JsonTypeInfo<CancelledNotificationParams>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CancelledNotificationParams));

    private readonly PipeReader _input;
    private readonly Stream _output;
    private readonly int _maxMessageBytes;
    private readonly Channel<JsonRpcMessage> _messages = Channel.CreateUnbounded<JsonRpcMessage>(new() { SingleWriter = true });
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly UnansweredRequests _unanswered = new();
    private readonly Task _reading;

    /// <summary>Begins to read.</summary>
    /// <param name="input">Where messages come from. Disposed with the transport.</param>
    /// <param name="output">Where messages go. Disposed with the transport.</param>
    /// <param name="maxMessageBytes">How long a message may be, in bytes.</param>
    public LineTransport(Stream input, Stream output, int maxMessageBytes = DefaultMaxMessageBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessageBytes, 1);
        _input = PipeReader.Create(input, new(bufferSize: 65536));
        _output = output;
        _maxMessageBytes = maxMessageBytes;
        _reading = Task.Run(ReadAsync);
    }

    /// <inheritdoc/>
    public string? SessionId => null;

    /// <inheritdoc/>
    public ChannelReader<JsonRpcMessage> MessageReader => _messages.Reader;

    /// <inheritdoc/>
    public async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        try
        {
            await WriteAsync(JsonSerializer.SerializeToUtf8Bytes(message, MessageReading.Format), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (message is JsonRpcResponse or JsonRpcError)
                _unanswered.Remove(((JsonRpcMessageWithId)message).Id);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        // A read of a terminal or a pipe may not heed the cancellation: the process ends with it.
        await Task.WhenAny(_reading, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None)).ConfigureAwait(false);
        _messages.Writer.TryComplete();
        await _output.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReadAsync()
    {
        try
        {
            var skipped = (TooLongLine?)null;
            while (true)
            {
                var read = await _input.ReadAsync(_closing.Token).ConfigureAwait(false);
                var buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                    if (skipped is null && line.Length <= _maxMessageBytes)
                    {
                        await TakeAsync(line).ConfigureAwait(false);
                        continue;
                    }

                    (skipped ??= new()).Add(line);
                    await RefuseAsync(skipped).ConfigureAwait(false);
                    skipped = null;
                }

                if (skipped is not null || buffer.Length > _maxMessageBytes)
                {
                    (skipped ??= new()).Add(buffer);
                    buffer = buffer.Slice(buffer.End);
                }

                if (read.IsCompleted)
                {
                    if (skipped is not null)
                        await RefuseAsync(skipped).ConfigureAwait(false);
                    else
                        await TakeAsync(buffer).ConfigureAwait(false);
                    break;
                }

                _input.AdvanceTo(buffer.Start, buffer.End);
            }

            await _unanswered.WaitAsync(_closing.Token).ConfigureAwait(false);
            // A server waits for what it handles: with a subscription that nobody reads it would never end.
            foreach (var id in _unanswered.Subscriptions)
                _messages.Writer.TryWrite(new JsonRpcNotification { Method = NotificationMethods.CancelledNotification, Params = JsonSerializer.SerializeToNode(new() { RequestId = id }, CancelledFormat) });
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side is gone, or this one is closing: either way nobody is left to tell.
        }
        finally
        {
            _messages.Writer.TryComplete();
            await _input.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async Task TakeAsync(ReadOnlySequence<byte> line)
    {
        if (IsBlank(line))
            return;
        var (message, error) = MessageReading.Read(line);
        if (error is not null)
            await WriteAsync(error, _closing.Token).ConfigureAwait(false);
        if (message is null)
            return;
        _unanswered.Note(message);
        _messages.Writer.TryWrite(message);
    }

    private Task RefuseAsync(TooLongLine line) => WriteAsync(
        MessageReading.Error(line.FindId(), McpErrorCode.InvalidRequest, string.Create(CultureInfo.InvariantCulture, $"The message has {line.Length} bytes; at most {_maxMessageBytes} are taken. Send it in parts, or raise --max-message-bytes.")),
        _closing.Token);

    private async Task WriteAsync(byte[] message, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Not to be stopped half way: the next message would be a part of this one.
            await _output.WriteAsync((byte[])[.. message, (byte)'\n'], CancellationToken.None).ConfigureAwait(false);
            await _output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            _unanswered.GiveUp();
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
        {
            if (part.Span.ContainsAnyExcept(" \t\r"u8))
                return false;
        }

        return true;
    }
}
