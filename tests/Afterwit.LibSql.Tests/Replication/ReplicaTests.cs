using System.Diagnostics;
using Afterwit.LibSql.Tests.Faults;
using Afterwit.Tests.Shared;
using Xunit.Abstractions;

namespace Afterwit.LibSql.Tests.Replication;

/// <summary>A primary and two replicas, the second of which follows over a network that a test can hold up.</summary>
public sealed class ReplicaTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Long = 4 * Eventually.Patience;
    private LibSqlOptions _options = null!;
    private SqldServer _primary = null!;
    private SqldServer _near = null!;
    private SqldServer _far = null!;
    private FaultProxy _log = null!;

    public async Task InitializeAsync()
    {
        _primary = await SqldServer.StartAsync(new() { Primary = true });
        _log = Network(new Uri(_primary.GrpcUrl).Port);
        _near = await SqldServer.StartAsync(new() { PrimaryGrpcUrl = _primary.GrpcUrl });
        _far = await SqldServer.StartAsync(new() { PrimaryGrpcUrl = _log.Url });
        using var raw = new RawSqld(_primary.Url);
        await raw.RunAsync("CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 0)");
    }

    public async Task DisposeAsync()
    {
        await _far.DisposeAsync();
        await _near.DisposeAsync();
        await _log.DisposeAsync();
        await _primary.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_written_is_read_a_thousand_times_of_a_thousand(bool http)
    {
        await using var client = Open(http, _near, _far);
        _options.ReplicaWait = TimeSpan.FromMinutes(1); // however late they are
        var (stale, tries) = (0, http ? 200 : 1000);
        for (var n = 1; n <= tries; n++)
        {
            await client.InsertAsync("UPDATE t SET n = ? WHERE id = 1", true, n);
            var seen = n % 3 == 0 ? (await client.ReadAsync(["SELECT n FROM t WHERE id = 1", "SELECT 1"]))[0][0, 0].AsInt64() : await client.CountAsync("SELECT n FROM t WHERE id = 1");
            stale += seen == n ? 0 : 1;
        }

        output.WriteLine($"{stale} stale of {tries}; {client.Statistics.ReplicaReads} at replicas, {client.Statistics.PrimaryFallbacks} fell back");
        Assert.Equal(0, stale);
        Assert.True(client.Statistics.ReplicaReads > tries / 2);
    }

    [Fact]
    public async Task Who_only_reads_never_goes_back_to_what_was_before()
    {
        await using var writer = Open(http: false);
        await using var reader = Open(http: false, _near, _far);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var n = 1; !stop.IsCancellationRequested; n++)
                await writer.InsertAsync("UPDATE t SET n = ? WHERE id = 1", true, n);
        });
        var last = 0L;
        for (var i = 0; i < 1000; i++)
        {
            if (i == 300)
                _log.Hold(Direction.ToClient); // one of them stays behind
            if (i == 700)
                _log.Release(Direction.ToClient);
            var seen = await Task.WhenAll(reader.CountAsync("SELECT n FROM t WHERE id = 1"), reader.CountAsync("SELECT n FROM t WHERE id = 1"));
            Assert.True(seen.Min() >= last, $"{seen.Min()} after {last}");
            last = seen.Max();
        }

        await stop.CancelAsync();
        await writing;
        Assert.True(last > 0);
        Assert.True(reader.Statistics.ReplicaReads > 0);
    }

    [Fact]
    public async Task A_replica_that_lags_is_not_waited_for_longer_than_allowed_and_serves_again_when_it_is_there()
    {
        await using var client = Open(http: false, _far);
        await client.InsertAsync("UPDATE t SET n = 1");
        await Eventually.IsTrueAsync(async () => await client.CountAsync("SELECT n FROM t") == 1 && client.Statistics.ReplicaReads > 0);
        _log.Hold(Direction.ToClient);
        await client.InsertAsync("UPDATE t SET n = 2");
        await ReadAsync().SoonAsync(); // each other limit is longer than that
        Assert.InRange(client.Statistics.PrimaryFallbacks, 1, 10);
        _log.Release(Direction.ToClient);
        var before = client.Statistics.ReplicaReads;
        await Eventually.IsTrueAsync(async () => await client.CountAsync("SELECT n FROM t") == 2 && client.Statistics.ReplicaReads > before + 5);

        async Task ReadAsync()
        {
            for (var i = 0; i < 10; i++)
                Assert.Equal(2, await client.CountAsync("SELECT n FROM t"));
        }
    }

    [Fact]
    public async Task A_replica_that_dies_is_left_and_used_again_when_it_comes_back()
    {
        await using var client = Open(http: false, _near);
        await Eventually.IsTrueAsync(async () => await client.CountAsync("SELECT n FROM t") == 0 && client.Statistics.ReplicaReads > 0);
        _near.Kill();
        for (var i = 0; i < 50; i++)
            Assert.Equal(0, await client.CountAsync("SELECT n FROM t"));
        Assert.True(client.Statistics.CircuitOpened > 0);
        var before = client.Statistics.ReplicaReads;
        await _near.RestartAsync();
        await Eventually.IsTrueAsync(async () => await client.CountAsync("SELECT n FROM t") == 0 && client.Statistics.ReplicaReads > before);
    }

    [Fact]
    public async Task Reads_go_on_at_replicas_while_the_primary_is_down_and_writes_say_in_time_that_it_is()
    {
        await using var client = Open(http: false, _near, _far);
        _options.ReplicaWait = TimeSpan.FromMinutes(1); // a slow replica must not be left for a primary that is down
        await client.InsertAsync("UPDATE t SET n = 5");
        await Eventually.IsTrueAsync(async () => await client.CountAsync("SELECT n FROM t") == 5 && client.Statistics.ReplicaReads > 5);
        _primary.Kill();
        _options.Timeout = TimeSpan.FromSeconds(3);
        var write = Assert.ThrowsAsync<LibSqlConnectionException>(() => client.InsertAsync("UPDATE t SET n = 6", safeToRepeat: true));
        _options.Timeout = Long;
        for (var i = 0; i < 100; i++)
            Assert.Equal(5, await client.CountAsync("SELECT n FROM t"));
        var error = await write.SoonAsync(); // all other limits are longer
        Assert.Contains(_primary.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        await _primary.RestartAsync();
        var start = Stopwatch.GetTimestamp();
        await client.InsertAsync("UPDATE t SET n = 7", safeToRepeat: true);
        output.WriteLine($"writes are back after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");

        // After a crash the primary begins a new log, whose numbers are lower than those that the replicas have of the old one.
        for (var n = 7; n < 60; n++)
        {
            Assert.Equal(n, await client.CountAsync("SELECT n FROM t"));
            Assert.Equal(n, (await client.ReadAsync(["SELECT n FROM t", "SELECT 1"]))[0][0, 0].AsInt64());
            await client.InsertAsync("UPDATE t SET n = n + 1");
        }

        var before = client.Statistics.ReplicaReads;
        await Eventually.IsTrueAsync(async () => await client.CountAsync("SELECT n FROM t") == 60 && client.Statistics.ReplicaReads > before + 5);
    }

    private static FaultProxy Network(int port) => new(port);

    private LibSqlClient Open(bool http, params SqldServer[] replicas)
    {
        _options = new() { Timeout = Long, ConnectTimeout = Long };
        foreach (var replica in replicas)
            _options.Replicas.Add(http ? replica.Url : replica.WsUrl);
        return new(http ? _primary.Url : _primary.WsUrl, _options);
    }
}
