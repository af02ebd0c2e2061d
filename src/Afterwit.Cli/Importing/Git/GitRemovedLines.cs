using System.Globalization;
using System.Text;

namespace Afterwit.Cli.Importing;

/// <summary>The lines that a fix took out of a file.</summary>
/// <param name="Fix">The fix.</param>
/// <param name="Path">The file.</param>
/// <param name="Ranges">First line and count, as they were before the fix.</param>
internal sealed record GitRemovedLines(GitFix Fix, string Path, List<(int First, int Count)> Ranges)
{
    private const int MaxFilesOfFix = 5;
    private const int MaxRangesOfFile = 10;
    private const int MaxLinesOfRange = 50;

    private static readonly string[] Prose = [".md", ".txt", ".rst", ".adoc", ".lock", ".csproj.lock", "package-lock.json", "packages.lock.json", "pnpm-lock.yaml", ".snap", ".svg"];

    /// <summary>Reads the differences of all fixes from one run of git.</summary>
    public static async Task<IReadOnlyList<GitRemovedLines>> ReadAsync(string folder, IReadOnlyList<GitFix> fixes, CancellationToken cancellationToken)
    {
        string[] differences = ["diff-tree", "--stdin", "-r", "-p", "-U0", "--no-renames", "--diff-filter=M", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/"];
        var parser = new Parser(fixes.ToDictionary(fix => fix.Hash, StringComparer.Ordinal));
        await foreach (var lines in GitProcess.PiecesAsync(folder, differences, '\n', GitBlame.LineLimit, string.Concat(fixes.Select(fix => fix.Hash + "\n")), cancellationToken))
            parser.Take(Encoding.UTF8.GetString(lines.Current.Span), lines.TooLong);
        return parser.Found;
    }

    private sealed class Parser(Dictionary<string, GitFix> fixes)
    {
        private GitFix? _fix;
        private GitRemovedLines? _file;
        private int _files;
        private int _line;
        private int _removedLeft;
        private int _addedLeft;

        public List<GitRemovedLines> Found { get; } = [];

        public void Take(string line, bool tooLong)
        {
            // The counts of a hunk say which lines are content, whatever they look like.
            if (_removedLeft > 0)
            {
                _removedLeft--;
                if (!tooLong && line.Skip(1).Any(char.IsLetterOrDigit))
                    Add(_line);
                _line++;
            }
            else if (_addedLeft > 0)
            {
                _addedLeft--;
            }
            else if (fixes.TryGetValue(line, out var fix))
            {
                (_fix, _file, _files) = (fix, null, 0);
            }
            else if (line.StartsWith("diff --git ", StringComparison.Ordinal))
            {
                _file = null;
            }
            else if (line.StartsWith("--- ", StringComparison.Ordinal) && _fix is not null)
            {
                var path = PathOf(line[4..]);
                if (path is not null && _files < MaxFilesOfFix && !Prose.Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase)))
                    _file = new(_fix, path, []);
            }
            else if (line.StartsWith("@@ -", StringComparison.Ordinal))
            {
                var parts = line.Split(' ', 4);
                (_line, _removedLeft) = Range(parts[1]);
                (_, _addedLeft) = parts.Length > 2 ? Range(parts[2]) : default;
            }
        }

        private void Add(int line)
        {
            if (_file is null)
                return;
            if (_file.Ranges.Count == 0)
            {
                _files++;
                Found.Add(_file);
            }

            if (_file.Ranges is [.., var (first, count)] && first + count == line && count < MaxLinesOfRange)
                _file.Ranges[^1] = (first, count + 1);
            else if (_file.Ranges.Count < MaxRangesOfFile)
                _file.Ranges.Add((line, 1));
        }

        private static (int First, int Count) Range(string text)
        {
            var parts = text[1..].Split(',');
            return int.TryParse(parts[0], CultureInfo.InvariantCulture, out var first)
                ? (first, parts.Length > 1 && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var count) ? count : 1)
                : default;
        }

        // A tab follows a name with spaces. A name with quotes, controls or bytes that are no text comes quoted as in C; those are left alone.
        private static string? PathOf(string name)
        {
            name = name.TrimEnd('\t');
            return name.StartsWith("a/", StringComparison.Ordinal) && !name.Contains('\uFFFD') ? name[2..] : null;
        }
    }
}
