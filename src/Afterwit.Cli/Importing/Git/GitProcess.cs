using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace Afterwit.Cli.Importing;

/// <summary>git said no, or is not there. The message is for the person at the terminal.</summary>
internal sealed class GitException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>One run of git. It never asks, pages, colours, or runs what a repository's configuration names.</summary>
internal sealed class GitProcess : IAsyncDisposable
{
    private static readonly string[] Inherited = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF", "GIT_PREFIX"];

    private readonly Process _process;
    private readonly Task<string> _errors;

    private GitProcess(Process process)
    {
        _process = process;
        // Read on the side, or git would wait for us when it has much to complain about.
        _errors = process.StandardError.ReadToEndAsync();
    }

    private static GitProcess Start(string folder, string[] arguments)
    {
        var start = new ProcessStartInfo("git")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        string[] always = ["-C", folder, "--no-pager", "-c", "core.quotepath=off", "-c", "log.showSignature=false", "-c", "core.fsmonitor=false", "-c", "diff.renames=true"];
        foreach (var argument in always.Concat(arguments))
            start.ArgumentList.Add(argument);
        foreach (var name in Inherited)
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_NO_LAZY_FETCH"] = "1";
        try
        {
            return new(Process.Start(start) ?? throw new GitException("git did not start"));
        }
        catch (Win32Exception e)
        {
            throw new GitException("git was not found: install it, or put it on the PATH, to import a repository", e);
        }
    }

    /// <summary>Runs git to its end and gives its output as text.</summary>
    /// <exception cref="GitException">It failed; the message is its own.</exception>
    public static async Task<string> RunAsync(string folder, string[] arguments, CancellationToken cancellationToken)
    {
        await using var git = Start(folder, arguments);
        git._process.StandardInput.Close();
        var output = await git._process.StandardOutput.ReadToEndAsync(cancellationToken);
        await git.EndAsync(cancellationToken);
        return output;
    }

    /// <summary>Runs git to its end and goes through its output piece by piece. The reader itself is given: whoever takes several pieces together reads on.</summary>
    /// <param name="folder">The repository.</param>
    /// <param name="arguments">What git is told.</param>
    /// <param name="separator">What ends a piece.</param>
    /// <param name="limit">The longest piece, in bytes.</param>
    /// <param name="input">What git reads.</param>
    /// <param name="cancellationToken">Ends git.</param>
    /// <exception cref="GitException">It failed; the message is its own.</exception>
    public static async IAsyncEnumerable<BlockReader> PiecesAsync(
        string folder, string[] arguments, char separator, int limit, string input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var git = Start(folder, arguments);
        var sending = git.SendAsync(input, cancellationToken);
        var pieces = new BlockReader(PipeReader.Create(git._process.StandardOutput.BaseStream), (byte)separator, limit);
        while (await pieces.ReadAsync(cancellationToken))
            yield return pieces;
        await sending;
        await git.EndAsync(cancellationToken);
    }

    /// <summary>Gives git its input, all at once.</summary>
    private async Task SendAsync(string input, CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended early; why is in its exit code.
        }
    }

    /// <summary>Waits for the end, after the output was read.</summary>
    private async Task EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode == 0)
            return;
        var errors = await _errors;
        var first = errors.Split('\n', 2)[0].Trim();
        throw new GitException(first.Length > 0 ? first : $"git ended with code {_process.ExitCode}");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited)
                _process.Kill();
            await _errors;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or IOException or ObjectDisposedException)
        {
            // It ended by itself in between.
        }

        _process.Dispose();
    }
}
