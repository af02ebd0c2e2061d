using System.Text;

namespace Afterwit.Cli.Installing;

/// <summary>A settings file of another program, with a change that was worked out and not written yet.</summary>
internal sealed class ForeignFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[]? _before;
    private readonly string _target;

    private ForeignFile(string path, string target, byte[]? before, string old, string changed) => (Path, _target, _before, Old, New) = (path, target, before, old, changed);

    public string Path { get; }

    public string Old { get; }

    public string New { get; }

    public bool IsChanged => Old != New;

    /// <summary>Reads a file and works the change out.</summary>
    /// <exception cref="ArgumentException">The file is not of its format; the message says what is wrong, and that nothing was changed.</exception>
    public static ForeignFile Change(string path, Func<string, string> edit)
    {
        // A link, as those who keep their settings in a repository have it, stays one.
        var target = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        var before = File.Exists(target) ? File.ReadAllBytes(target) : null;
        try
        {
            var old = before is null ? "" : Strict.GetString(before);
            var mark = old.StartsWith('\uFEFF') ? "\uFEFF" : "";
            return new(path, target, before, old, mark + edit(old[mark.Length..]));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw new ArgumentException($"{path} was left as it is: {(e is FormatException ? e.Message : "it is not UTF-8 text")}. Repair it first.", e);
        }
    }

    /// <summary>Writes the change in one step; what was there before is kept beside it.</summary>
    /// <returns>The copy of what was there. Null when there was nothing.</returns>
    /// <exception cref="IOException">The file changed since it was read; nothing was written.</exception>
    public string? Write()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_target)!);
        var backup = _before is null ? null : _target + ".before-afterwit";
        var temporary = $"{_target}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(temporary, Strict.GetBytes(New));
            if (_before is not null)
            {
                if (!File.Exists(_target) || !File.ReadAllBytes(_target).AsSpan().SequenceEqual(_before))
                    throw new IOException($"{Path} was changed by another program at the same time. Nothing was written; run the command again.");
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(temporary, File.GetUnixFileMode(_target));
                File.Copy(_target, backup!, overwrite: true);
            }

            File.Move(temporary, _target, overwrite: true);
            return backup;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The lines that change, with three lines around them, as `diff -u` marks them.</summary>
    public IEnumerable<string> Diff()
    {
        const int around = 3;
        var (old, changed) = (LinesOf(Old), LinesOf(New));
        var head = old.Zip(changed).TakeWhile(pair => pair.First == pair.Second).Count();
        var tail = old.Skip(head).Reverse().Zip(changed.Skip(head).Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        foreach (var line in old[Math.Max(0, head - around)..head])
            yield return "  " + line;
        foreach (var line in old[head..^tail])
            yield return "- " + line;
        foreach (var line in changed[head..^tail])
            yield return "+ " + line;
        foreach (var line in old[^tail..].Take(around))
            yield return "  " + line;
    }

    private static string[] LinesOf(string text) => text.Length == 0 ? [] : text.TrimEnd('\r', '\n').Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
}
