using System.Diagnostics;
using System.Text;

namespace Afterwit.Hosts.Tests.Importing;

public sealed class GitFormatTests : IDisposable
{
    private readonly ImportFixture _files = new();
    private readonly string _repository;
    private int _minute;

    public GitFormatTests()
    {
        _repository = Path.Combine(_files.Folder, "toolbox");
        Directory.CreateDirectory(_repository);
        Git("init", "-q", "-b", "main");
        Git("config", "commit.gpgsign", "false");
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_commit_is_an_episode_whose_steps_are_the_changed_files()
    {
        Write("src/a.c", "int a;\nint b;\nint c;\n");
        Write("old name.txt", "one\ntwo\nthree\nfour\n");
        Write("gone", "x\n");
        Commit("Begin\n\nWith a body.");
        Write("src/a.c", "int a;\nint bb;\nint c;\nint d;\n");
        Git("mv", "old name.txt", "new \"näme\".txt");
        File.Delete(Path.Combine(_repository, "gone"));
        File.WriteAllBytes(Path.Combine(_repository, "pic"), [0, 1, 2, 0, 255]);
        var hash = Commit("Change things");
        Commit("Nothing changed", "--allow-empty");

        var read = await ImportFixture.ReadAsync([_repository]);

        Assert.Empty(read.Problems);
        Assert.Equal(["Begin\n\nWith a body.", "Change things", "Nothing changed"], read.Episodes.Select(episode => episode.Task));
        var episode = read.Episodes[1];
        Assert.EndsWith("/" + hash, episode.SourceId);
        Assert.Equal(("toolbox", "Kim"), (episode.Scope.Project, episode.Scope.Agent));
        Assert.Equal("git", episode.Context.Domain);
        Assert.Equal(["src"], episode.Context.Tags);
        Assert.Equal(["add pic binary", "delete gone +0 -1 lines", "edit src/a.c +2 -1 lines", "rename old name.txt => new \"näme\".txt +0 -0 lines"],
            episode.Steps.Select(step => $"{step.Tool} {step.Arguments} {step.Observation}").Order(StringComparer.Ordinal));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 2, 0, TimeSpan.Zero), episode.StartedAt);
        Assert.Equal(3, read.Episodes.Select(e => e.SourceId!.Split('/')[1]).Count(prefix => prefix == read.Episodes[0].SourceId!.Split('/')[1]));
    }

    [Fact]
    public async Task A_reverted_commit_failed_unless_its_revert_was_reverted()
    {
        Write("a", "1\n");
        Commit("Begin");
        Write("a", "2\n");
        var bad = Commit("Try two");
        Git("revert", "--no-edit", bad);
        Write("b", "1\n");
        var good = Commit("Add b");
        Git("revert", "--no-edit", good);
        Git("revert", "--no-edit", "HEAD");
        Write("c", "1\n");
        Commit("Add c");
        File.Delete(Path.Combine(_repository, "c"));
        Commit("Revert \"Add c\"");

        var read = await ImportFixture.ReadAsync([_repository]);

        var failed = read.Episodes.Where(episode => episode.Status == EpisodeStatus.Failed).Select(episode => episode.Task.Split('\n')[0]);
        Assert.Equal(["Try two", "Revert \"Add b\"", "Add c"], failed);
        Assert.Contains("it was reverted by", read.Episodes[1].Outcome!.Summary);
        Assert.Contains("Revert \"Try two\"", read.Episodes[1].Outcome!.Summary);
    }

    [Fact]
    public async Task A_commit_whose_lines_a_later_fix_changed_failed()
    {
        Write("dir with space/calc.py", "def add(a, b):\n    return a + b\n");
        Write("notes.md", "all good\n");
        Commit("Begin");
        Write("dir with space/calc.py", "def add(a, b):\n    return a + b\n\ndef sub(a, b):\n    return b - a\n\ndef mul(a, b):\n    return a * b\n");
        Commit("Add sub and mul");
        Write("notes.md", "all god\n");
        Commit("Write notes");
        Write("dir with space/calc.py", "def add(a, b):\n    return a + b\n\ndef sub(a, b):\n    return a - b\n\ndef mul(a, b):\n    return a * b\n");
        Write("notes.md", "all good again\n");
        var fix = Commit("Fix the sign of sub");
        Write("dir with space/calc.py", "def add(x, b):\n    return x + b\n\ndef sub(a, b):\n    return a - b\n\ndef mul(a, b):\n    return b * a\n");
        Commit("Fix typo");

        var read = await ImportFixture.ReadAsync([_repository]);

        var failed = Assert.Single(read.Episodes, episode => episode.Status == EpisodeStatus.Failed);
        Assert.Equal("Add sub and mul", failed.Task);
        Assert.Contains($"{fix[..10]} \"Fix the sign of sub\"", failed.Outcome!.Summary);
        Assert.All(read.Episodes, episode => Assert.StartsWith("inferred:", episode.Outcome!.Summary));
    }

    [Fact]
    public async Task Names_that_are_not_UTF8_lose_letters_and_not_the_commit()
    {
        Write("a", "1\n");
        Git("add", "-A");
        var tree = Git("write-tree").Trim();
        byte[] commit = [.. Encoding.ASCII.GetBytes($"tree {tree}\nauthor J"), 0xF6, .. Encoding.ASCII.GetBytes("rg <j@x> 1700000000 +0100\ncommitter x <x@x> 99999999999999 +0000\n\nSchl"), 0xFC, .. Encoding.ASCII.GetBytes("ssel\n")];
        File.WriteAllBytes(Path.Combine(_files.Folder, "commit"), commit);
        Git("reset", "-q", "--hard", Git("hash-object", "--literally", "-t", "commit", "-w", Path.Combine(_files.Folder, "commit")).Trim());

        var read = await ImportFixture.ReadAsync([_repository]);

        Assert.Equal("J\uFFFDrg", Assert.Single(read.Episodes).Scope.Agent);
        Assert.Equal("Schl\uFFFDssel", read.Episodes[0].Task);
        Assert.Empty(read.Problems);
    }

    [Fact]
    public async Task A_repository_without_commits_is_a_note()
    {
        var read = await ImportFixture.ReadAsync([_repository]);

        Assert.Contains("has no commits", Assert.Single(read.Notes));
        Assert.Empty(read.Problems);
    }

    [Fact]
    public async Task A_folder_that_is_no_repository_is_one_problem()
    {
        var folder = Path.Combine(_files.Folder, "plain");
        Directory.CreateDirectory(folder);

        var read = await ImportFixture.ReadAsync([folder], "git");

        Assert.Contains("not a git repository", Assert.Single(read.Problems).Reason);
    }

    [Fact]
    public async Task Progress_counts_commits()
    {
        for (var i = 0; i < 5; i++)
        {
            Write("a", $"{i}\n");
            Commit($"Step {i}");
        }

        var read = await ImportFixture.ReadAsync([_repository]);

        Assert.Equal(5 * 1024, read.Length);
        Assert.Equal([1024, 2048, 3072, 4096, 5120], read.Read);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_repository, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private string Commit(string message, params string[] more)
    {
        _minute++;
        Git("add", "-A");
        Git(["commit", "-q", "-m", message, .. more]);
        return Git("rev-parse", "HEAD").Trim();
    }

    private string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { WorkingDirectory = _repository, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var role in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{role}_NAME"] = "Kim";
            start.Environment[$"GIT_{role}_EMAIL"] = "kim@example.com";
            start.Environment[$"GIT_{role}_DATE"] = FormattableString.Invariant($"2026-01-01T00:{_minute:00}:00Z");
        }

        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = Path.Combine(_files.Folder, "no-such-config");
        using var git = Process.Start(start)!;
        var errors = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, $"git {string.Join(' ', arguments)}: {errors.Result}");
        return output;
    }
}
