using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Afterwit.Hosts.Tests.Cli;

/// <summary>A folder of its own for data and settings, in which the real program is run: nothing of the user's is read or written.</summary>
public sealed class CliHome : IDisposable
{
    /// <summary>For what never ends: eight processes at once on a loaded core take a minute.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Dictionary<string, string?> _environment;

    public CliHome()
    {
        Folder = Directory.CreateTempSubdirectory("afterwit-cli-").FullName;
        _environment = new()
        {
            ["AFTERWIT_DB"] = Database,
            ["XDG_DATA_HOME"] = Path.Combine(Folder, "data"),
            ["XDG_CONFIG_HOME"] = Path.Combine(Folder, "config"),
            ["HOME"] = Folder,
            ["NO_COLOR"] = null,
        };
    }

    public static string ProgramFile { get; } = Path.Combine(AppContext.BaseDirectory, "Afterwit.Cli.dll");

    public string Folder { get; }

    public string Database => Path.Combine(Folder, "memory.db");

    /// <summary>Sets a variable for the runs that follow; null takes it away.</summary>
    public string? this[string variable]
    {
        set => _environment[variable] = value;
    }

    public Task<CliResult> RunAsync(params string[] arguments) => RunAsync("", arguments);

    public Task<CliResult> RunWithInputAsync(string input, params string[] arguments) => RunAsync(input, arguments);

    /// <summary>Runs a script of bash in which the program is a function of its name.</summary>
    public Task<CliResult> BashAsync(string script)
    {
        var start = new ProcessStartInfo("bash");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"afterwit() {{ dotnet '{ProgramFile}' \"$@\"; }}\n{script}");
        return RunAsync(start, "");
    }

    /// <summary>Runs a command that has to succeed, and reads the JSON it prints.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments) => (await RunAsync([.. arguments, "--json"])).Succeeded().Json;

    /// <summary>Starts a command and kills it when the moment has come; when it is faster, it is done.</summary>
    /// <returns>What it printed until then.</returns>
    public async Task<string> KillAsync(Func<CancellationToken, Task> moment, params string[] arguments)
    {
        using var process = Process.Start(Prepare(new("dotnet", [ProgramFile, .. arguments])))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var ended = new CancellationTokenSource();
        await Task.WhenAny(process.WaitForExitAsync(), moment(ended.Token));
        await ended.CancelAsync();
        process.Kill();
        await process.WaitForExitAsync();
        await error;
        return await output;
    }

    /// <summary>Starts any command with the same surroundings, its three streams in the caller's hands.</summary>
    public Process Start(string file, params IEnumerable<string> arguments) => Process.Start(Prepare(new(file, arguments)))!;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private Task<CliResult> RunAsync(string input, string[] arguments) => RunAsync(new ProcessStartInfo("dotnet", [ProgramFile, .. arguments]), input);

    private ProcessStartInfo Prepare(ProcessStartInfo start)
    {
        start.WorkingDirectory = Folder;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardInputEncoding = start.StandardOutputEncoding = start.StandardErrorEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("AFTERWIT_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in _environment)
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }

        return start;
    }

    private async Task<CliResult> RunAsync(ProcessStartInfo start, string input)
    {
        using var process = Process.Start(Prepare(start))!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), patience.Token);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading its input.
            }

            await process.WaitForExitAsync(patience.Token);
            return new(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{string.Join(' ', start.ArgumentList)} ran for more than {Patience}.", e);
        }
    }
}

/// <summary>What a run of the program gave.</summary>
public sealed record CliResult(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public CliResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}");
        return this;
    }

    /// <summary>That it ended so, with one line on standard error and nothing on standard output.</summary>
    public CliResult Failed(int exitCode, string message)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}: {Error}{Output}");
        Assert.Contains(message, Error);
        Assert.StartsWith("afterwit: ", Error);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(Output);
        return this;
    }
}
