using System.Net.Sockets;
using System.Text.Json;
using Afterwit.LibSql.Transport;

namespace Afterwit.Storage;

/// <summary>
/// Answers those who watch a memory: a line of JSON, a <see cref="MemoryReport"/>, for each line that is asked. Nothing is done while nobody asks. It begins to listen when the
/// memory has been open for a moment, so that a command that is over at once does not pay for it.
/// </summary>
internal sealed class WatchListener : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static int _numbers;

    private readonly MemoryMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly int _number = Interlocked.Increment(ref _numbers);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly ITimer _begin;
    private Socket? _socket;
    private string? _path;

    public WatchListener(MemoryMetrics metrics, TimeProvider time)
    {
        (_metrics, _time) = (metrics, time);
        _begin = time.CreateTimer(static l => ((WatchListener)l!).Begin(), this, Moment, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops, and leaves nothing behind.</summary>
    public void Dispose()
    {
        _begin.Dispose();
        lock (_gate)
        {
            if (_closing.IsCancellationRequested)
                return;
            _closing.Cancel();
            if (_socket is null)
                return;
            _socket.Dispose();
            File.Delete(_path!);
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            if (_closing.IsCancellationRequested)
                return;
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                _path = WatchFolder.SocketOf(_metrics.Name, _number); // not before: its hash loads a library of cryptography
                WatchFolder.Prepare();
                File.Delete(_path); // of a dead process that had our number
                socket.Bind(new UnixDomainSocketEndPoint(_path));
                WatchFolder.Protect(_path);
                socket.Listen();
                _socket = socket;
            }
            catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                // The memory works without being watched; that it cannot be is counted.
                socket.Dispose();
                Telemetry.WatchFailures.Add(1, _metrics.PoolTag, new("error.type", e.GetType().FullName));
                return;
            }
        }

        AcceptAsync(_socket).Forget();
    }

    private async Task AcceptAsync(Socket socket)
    {
        try
        {
            while (true)
            {
                try
                {
                    AnswerAsync(await socket.AcceptAsync(_closing.Token).ConfigureAwait(false)).Forget();
                }
                catch (SocketException e) when (!_closing.IsCancellationRequested)
                {
                    // Such as no file left to open: that passes.
                    Telemetry.WatchFailures.Add(1, _metrics.PoolTag, new("error.type", e.GetType().FullName));
                    await Task.Delay(Moment, _time, _closing.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The memory was closed.
        }
    }

    private async Task AnswerAsync(Socket watcher)
    {
        try
        {
            var stream = new NetworkStream(watcher, ownsSocket: true);
            await using (stream.ConfigureAwait(false))
            {
                var asked = new byte[64];
                while (await stream.ReadAsync(asked, _closing.Token).ConfigureAwait(false) > 0)
                    await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(_metrics.Report(), MetricsJson.Default.MemoryReport), (byte)'\n'], _closing.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The watcher went away, or the memory was closed.
        }
    }
}
