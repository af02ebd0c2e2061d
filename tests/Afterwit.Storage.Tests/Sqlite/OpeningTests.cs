using System.Security.Cryptography;
using Afterwit.Tests.Shared;
using Xunit.Abstractions;

namespace Afterwit.Storage.Tests.Sqlite;

/// <summary>What may lie at the path that is opened. What is refused stays as it was.</summary>
public sealed class OpeningTests(ITestOutputHelper output) : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["memory.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_empty_file_and_a_missing_folder_become_a_memory()
    {
        await System.IO.File.WriteAllBytesAsync(File, []);
        await WorksAsync(File);
        await WorksAsync(_folder["a/b/c.db"]);
        await WorksAsync(_folder["sp ace ü 日本 ';--%_?#.db"]);
        Assert.Equal(3, Directory.GetFiles(_folder.Path, "*.db", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task A_database_of_another_program_is_left_as_it_is()
    {
        OtherWriter.Run(File, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES (1)");
        await RefusedAsync("is a database of another program");
    }

    [Fact]
    public async Task A_binary_file_is_left_as_it_is()
    {
        await System.IO.File.WriteAllBytesAsync(File, RandomNumberGenerator.GetBytes(20_000));
        await RefusedAsync("is not a database");
    }

    [Fact]
    public async Task A_text_file_is_left_as_it_is()
    {
        await System.IO.File.WriteAllTextAsync(File, "notes");
        await RefusedAsync("is not a database");
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(1, 2)]
    [InlineData(1, 50)]
    public async Task A_truncated_database_is_said_to_be_damaged_and_left_as_it_is(int numerator, int denominator)
    {
        await WorksAsync(File);
        await using (var file = new FileStream(File, FileMode.Open))
            file.SetLength(file.Length * numerator / denominator);
        await RefusedAsync("is damaged");
    }

    [Fact]
    public async Task A_folder_is_refused()
    {
        Directory.CreateDirectory(File);
        var error = await Assert.ThrowsAsync<DatabaseException>(() => AgentMemory.OpenAsync(File));
        Assert.Contains("is a folder", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(File));
    }

    [Fact]
    public async Task A_path_through_a_file_is_refused()
    {
        await System.IO.File.WriteAllTextAsync(_folder["notes"], "notes");
        Assert.Contains("cannot be opened or created", (await Assert.ThrowsAsync<DatabaseException>(() => AgentMemory.OpenAsync(_folder["notes/memory.db"]))).Message);
    }

    [Fact]
    public async Task A_read_only_file_is_left_as_it_is()
    {
        await WorksAsync(File);
        System.IO.File.SetAttributes(File, FileAttributes.ReadOnly);
        await RefusedAsync("is read-only");
        System.IO.File.SetAttributes(File, FileAttributes.Normal);
        await WorksAsync(File);
    }

    [Fact]
    public async Task A_file_system_that_is_read_only_gives_one_clear_error()
    {
        if (SmallDisk.TryMount(_folder["disk"]) is not { } disk)
        {
            await AReadOnlyFolderGivesOneClearErrorAsync();
            return;
        }

        using (disk)
        {
            var file = Path.Combine(disk.Path, "memory.db");
            await WorksAsync(file);
            disk.Remount("ro");
            var error = await Assert.ThrowsAsync<DatabaseException>(() => AgentMemory.OpenAsync(file));
            Assert.Contains(file, error.Message);
            Assert.Contains("may be read and written", error.Message);
            Assert.DoesNotContain("SQLite Error", error.Message);
            await Assert.ThrowsAsync<DatabaseException>(() => AgentMemory.OpenAsync(Path.Combine(disk.Path, "new.db")));
            disk.Remount("rw");
            await WorksAsync(file);
        }
    }

    /// <summary>The same for whoever may not mount; root may write everywhere, and then only a mount would tell.</summary>
    private async Task AReadOnlyFolderGivesOneClearErrorAsync()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            output.WriteLine("SKIPPED: this process may neither mount a file system nor be kept from writing to a folder.");
            return;
        }

        var folder = Directory.CreateDirectory(_folder["closed"]).FullName;
        System.IO.File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var error = await Assert.ThrowsAsync<DatabaseException>(() => AgentMemory.OpenAsync(Path.Combine(folder, "new.db")));
            Assert.Contains("may be written", error.Message);
        }
        finally
        {
            System.IO.File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task A_database_damaged_in_the_middle_says_so_and_never_makes_things_up()
    {
        await using (var memory = await AgentMemory.OpenAsync(File))
            await memory.ImportAsync(Enumerable.Range(0, 300).Select(i => Samples.Run(i, $"task {i} {new string('x', 500)}")));
        await using (var file = new FileStream(File, FileMode.Open))
        {
            var noise = new byte[4096];
            new Random(1).NextBytes(noise);
            for (var page = 30; page < file.Length / 4096; page += 3)
            {
                file.Position = page * 4096L;
                file.Write(noise);
            }
        }

        var errors = 0;
        try
        {
            await using var damaged = await AgentMemory.OpenAsync(File);
            foreach (var i in Enumerable.Range(0, 300))
            {
                try
                {
                    Samples.AssertSame(Samples.Learn(Samples.Run(i, $"task {i} {new string('x', 500)}")).Episode, await damaged.GetAsync(Samples.Id(i)));
                }
                catch (DatabaseException e)
                {
                    errors++;
                    Assert.Contains("is damaged", e.Message);
                }
            }
        }
        catch (DatabaseException e)
        {
            errors++; // what is read on opening was hit
            Assert.Contains("is damaged", e.Message);
        }

        Assert.True(errors > 0);
    }

    [Fact]
    public async Task A_schema_of_a_later_release_is_refused_and_left_as_it_is()
    {
        await WorksAsync(File);
        OtherWriter.Run(File, "INSERT INTO schema_versions VALUES (99, 0)");
        await RefusedAsync($"has schema 99; this release of Afterwit knows schemas up to {Migrations.Latest}. Update Afterwit");
    }

    [Fact]
    public async Task A_database_that_another_process_makes_in_the_meantime_is_ours()
    {
        foreach (var before in Enumerable.Range(1, 3))
        {
            var file = _folder[$"{before}.db"];
            await using var store = await SqlMemoryStore.OpenAsync(new FakeOvertakenDatabase(SqliteDatabase.Open(file), before, () => WorksAsync(file)));
            Assert.Equal(1, (await store.GetStatisticsAsync(None)).Episodes);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_is_taken_away_while_it_is_open_acknowledges_nothing_more(bool replaced)
    {
        if (OperatingSystem.IsWindows())
            return; // an open file stays where it is
        await using (var memory = await AgentMemory.OpenAsync(File))
        {
            var id = await memory.StartAsync("count the users");
            System.IO.File.Move(File, File + ".old");
            if (replaced)
                System.IO.File.Copy(File + ".old", File);
            var refused = await Assert.ThrowsAsync<DatabaseException>(() => memory.LogAsync(id, Step.ToolCall("LIST")));
            Assert.Contains($"{File} was removed, renamed or replaced while it was open. Nothing was written", refused.Message);
            System.IO.File.Move(File + ".old", File, overwrite: true);
            Assert.Equal(0, await memory.LogAsync(id, Step.ToolCall("LIST")));
        }
    }

    [Fact]
    public async Task Many_that_open_one_new_file_at_once_all_succeed()
    {
        var memories = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => AgentMemory.OpenAsync(File))));
        await Task.WhenAll(memories.Select(m => m.StartAsync("a task")));
        Assert.Equal(16, (await memories[0].Store.GetStatisticsAsync(None)).Episodes);
        foreach (var memory in memories)
            await memory.DisposeAsync();
        Assert.Equal([$"{Migrations.Latest}"], OtherWriter.Read(File, "SELECT count(*) FROM schema_versions"));
    }

    private static async Task WorksAsync(string file)
    {
        await using var memory = await AgentMemory.OpenAsync(file);
        var id = await memory.StartAsync("a task");
        Assert.Equal("a task", (await memory.GetAsync(id)).Task);
    }

    private async Task RefusedAsync(string message)
    {
        var before = await System.IO.File.ReadAllBytesAsync(File);
        var error = await Assert.ThrowsAsync<DatabaseException>(async () =>
        {
            await using var memory = await AgentMemory.OpenAsync(File);
            await memory.RecallAsync(new() { Text = "task" });
        });
        Assert.Contains(File, error.Message);
        Assert.Contains(message, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(before)), Convert.ToHexString(SHA256.HashData(await System.IO.File.ReadAllBytesAsync(File))));
    }

    /// <summary>Before one of its calls somebody else does something to the file.</summary>
    private sealed class FakeOvertakenDatabase(IDatabase inner, int call, Func<Task> overtake) : DatabaseDecorator(inner)
    {
        private int _calls;

        public override async Task ReadAsync(IReadOnlyList<Query> queries, CancellationToken cancellationToken)
        {
            await OvertakeAsync();
            await base.ReadAsync(queries, cancellationToken);
        }

        public override async Task<IReadOnlyList<CommandResult>> WriteAsync(IReadOnlyList<Command> unitOfWork, CancellationToken cancellationToken)
        {
            await OvertakeAsync();
            return await base.WriteAsync(unitOfWork, cancellationToken);
        }

        private Task OvertakeAsync() => Interlocked.Increment(ref _calls) == call ? overtake() : Task.CompletedTask;
    }
}
