using System.Diagnostics.Metrics;
using System.Text.Json;
using Afterwit.Tests.Shared;

namespace Afterwit.Storage.Tests.Metrics;

/// <summary>Processes that are watched, in a folder of sockets of the test's own.</summary>
[Collection(nameof(Alone))]
public sealed class WatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string? _runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");

    public WatchTests() => Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", _folder.Path);

    private string Database => _folder["memory.db"];

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", _runtime);
        _folder.Dispose();
    }

    [Fact]
    public async Task An_open_memory_answers_until_it_is_closed()
    {
        using var watcher = new Watcher(Database);
        Assert.Empty(await watcher.ReadAsync(CancellationToken.None));
        await using (var memory = await AgentMemory.OpenAsync(Database))
        {
            await memory.StartAsync("a task with a secret word");
            IReadOnlyList<MemoryReport> reports = [];
            await Eventually.IsTrueAsync(async () => (reports = await watcher.ReadAsync(CancellationToken.None)).Count > 0);
            Assert.Equal((Environment.ProcessId, Database, 1), (reports[0].Pid, reports[0].Database, reports[0].Operations.Single(o => o.Operation == "start_episode").Count));
            Assert.DoesNotContain("secret", JsonSerializer.Serialize(reports[0], MetricsJson.Default.MemoryReport));

            await memory.StartAsync("another"); // the same connection tells what happened since
            Assert.Equal(2, (await watcher.ReadAsync(CancellationToken.None))[0].Operations.Single(o => o.Operation == "start_episode").Count);
        }

        Assert.Empty(Directory.GetFiles(WatchFolder.Location));
        Assert.Empty(await watcher.ReadAsync(CancellationToken.None));
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_may_connect()
    {
        Directory.CreateDirectory(WatchFolder.Location, (UnixFileMode)0b111_111_111); // as careless as can be
        await using var memory = await AgentMemory.OpenAsync(Database);
        await Eventually.IsTrueAsync(() => Directory.GetFiles(WatchFolder.Location).Length > 0);
        await Eventually.IsTrueAsync(() => File.GetUnixFileMode(Directory.GetFiles(WatchFolder.Location).Single()) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(WatchFolder.Location));
    }

    [Fact]
    public async Task What_a_dead_process_left_is_removed_and_what_a_living_one_has_is_not()
    {
        WatchFolder.Prepare();
        var name = Path.GetFileName(WatchFolder.SocketOf(Database, 7)).Split('-');
        var (dead, alive, other) = (Path.Combine(WatchFolder.Location, $"{name[0]}-{int.MaxValue}-1.sock"), WatchFolder.SocketOf(Database, 7), WatchFolder.SocketOf(Database + "2", 8));
        foreach (var path in (string[])[dead, alive, other])
            await File.WriteAllTextAsync(path, "");
        using var watcher = new Watcher(Database);
        Assert.Empty(await watcher.ReadAsync(CancellationToken.None));
        Assert.Equal(new[] { alive, other }.Order(), Directory.GetFiles(WatchFolder.Location).Order());
    }

    [Fact]
    public async Task A_memory_that_cannot_be_published_works_and_the_failure_is_counted()
    {
        await File.WriteAllTextAsync(WatchFolder.Location, "a file where the folder should be");
        var failures = new TaskCompletionSource<string>();
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => failures.TrySetResult($"{count} {tags[0].Value} {tags[1].Value}"));
        listener.EnableMeasurementEvents(Telemetry.WatchFailures);
        await using var memory = await AgentMemory.OpenAsync(Database);
        Assert.Equal($"1 {Database} {typeof(IOException).FullName}", await failures.Task.SoonAsync());
        await memory.StartAsync("a task");
    }

    [Theory]
    [InlineData(false, "memory.db")]
    [InlineData(true, SqliteDatabase.InMemory)]
    public async Task What_is_not_to_be_published_has_no_listener(bool publish, string name)
    {
        await using var memory = await AgentMemory.OpenAsync(name == SqliteDatabase.InMemory ? name : _folder[name], new StorageOptions { Metrics = new() { Publish = publish } });
        await using var published = await AgentMemory.OpenAsync(_folder["other.db"]);
        await Eventually.IsTrueAsync(() => Directory.Exists(WatchFolder.Location) && Directory.GetFiles(WatchFolder.Location).Length > 0); // it came after, and is there
        Assert.Single(Directory.GetFiles(WatchFolder.Location));
    }

    [Fact]
    public void Databases_are_told_apart_by_path_host_and_tenant() => Assert.Multiple(
        () => Assert.Equal(Path.GetFullPath("x.db"), WatchFolder.NameOf("file:x.db", new())),
        () => Assert.Equal("wss://host/", WatchFolder.NameOf("libsql://host?authToken=secret", new()) + "/"),
        () => Assert.Equal("http://host:8080 (acme)", WatchFolder.NameOf("http://host:8080", new LibSql.LibSqlOptions { Namespace = "acme" })));
}
