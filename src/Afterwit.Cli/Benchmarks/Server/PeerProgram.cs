using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Afterwit.Cli.Benchmarks;

/// <summary>The official JavaScript client as a program beside this one: a line in is a block of work, a line out is how it went.</summary>
internal sealed class PeerProgram : IDisposable
{
    private const string Script = "libsql.mjs";
    private readonly Process _process;
    private readonly Action<string> _note;

    private PeerProgram(Process process, Action<string> note) => (_process, _note) = (process, note);

    /// <summary>The folder of the program: the given one, else that of the repository around this program. Null when it is not installed there.</summary>
    public static string? FindFolder(string? given)
    {
        for (var root = new DirectoryInfo(AppContext.BaseDirectory); given is null && root is not null; root = root.Parent)
            given = Path.Combine(root.FullName, "bench", "peers") is var folder && File.Exists(Path.Combine(folder, Script)) ? folder : null;
        return Directory.Exists(Path.Combine(given ?? "", "node_modules", "@libsql")) ? given : null;
    }

    /// <summary>Starts it. Null when there is no Node.</summary>
    public static PeerProgram? Start(string folder, Uri server, Action<string> note)
    {
        var info = new ProcessStartInfo("node", [Path.Combine(folder, Script), "--url", server.GetLeftPart(UriPartial.Authority)]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        try
        {
            return Process.Start(info) is { } process ? new(process, note) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>A block of work. Null when it failed: the reason is noted.</summary>
    public async Task<Block?> RunAsync(string work, string transport, int callers, int ops, int rows = 0)
    {
        var size = rows > 0 ? string.Create(CultureInfo.InvariantCulture, $",\"rows\":{rows}") : "";
        await _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $$"""{"work":"{{work}}","transport":"{{transport}}","callers":{{callers}},"ops":{{ops}},"seconds":60{{size}}}"""));
        await _process.StandardInput.FlushAsync();
        using var answer = JsonDocument.Parse(await _process.StandardOutput.ReadLineAsync() ?? """{"error":"the program ended"}""");
        if (answer.RootElement.TryGetProperty("error", out var error))
        {
            _note($"{transport} client: {work}: {error.GetString()}");
            return null;
        }

        double Number(string name) => answer.RootElement.GetProperty(name).GetDouble();
        return new(ops, Number("p50_us"), Number("p95_us"), Number("p99_us"), Number("ops_per_s"));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
