using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace Afterwit.Storage;

/// <summary>Asks the processes of this user that have a memory open what they do with it.</summary>
/// <param name="name">The database, as <see cref="WatchFolder.NameOf"/> calls it.</param>
internal sealed class Watcher(string name) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly Dictionary<string, StreamReader> _connected = new(StringComparer.Ordinal);

    /// <summary>The report of each process at this moment. Who came since is found, who went is left out, and what a dead one left behind is removed.</summary>
    public async Task<IReadOnlyList<MemoryReport>> ReadAsync(CancellationToken cancellationToken)
    {
        var reports = new List<MemoryReport>();
        foreach (var (path, process) in WatchFolder.SocketsOf(name))
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            try
            {
                if (!_connected.TryGetValue(path, out var connection))
                    _connected[path] = connection = await ConnectAsync(path, patience.Token).ConfigureAwait(false);
                await connection.BaseStream.WriteAsync("\n"u8.ToArray(), patience.Token).ConfigureAwait(false);
                if (await connection.ReadLineAsync(patience.Token).ConfigureAwait(false) is { } line && JsonSerializer.Deserialize(line, MetricsJson.Default.MemoryReport) is { } report)
                    reports.Add(report);
                else
                    Drop(path);
            }
            catch (SocketException)
            {
                if (!IsAlive(process))
                    File.Delete(path);
            }
            catch (Exception e) when (e is IOException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                Drop(path); // it ended meanwhile, or hangs: it is asked anew the next time
            }
        }

        return reports;
    }

    /// <summary>Lets go of all.</summary>
    public void Dispose()
    {
        foreach (var connection in _connected.Values)
            connection.Dispose();
    }

    private static async Task<StreamReader> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsAlive(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private void Drop(string path)
    {
        if (_connected.Remove(path, out var connection))
            connection.Dispose();
    }
}
