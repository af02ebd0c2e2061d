using System.Collections.Concurrent;
using System.Diagnostics;
using Afterwit.Tests.Shared;
using Xunit.Abstractions;

namespace Afterwit.LibSql.Tests.Faults;

/// <summary>A server that is killed under its writers and started again.</summary>
public sealed class RestartTests(ITestOutputHelper output)
{
    private const int Writers = 16;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_acknowledged_row_is_there_once_and_service_comes_back(bool http)
    {
        await using var server = await SqldServer.StartAsync();
        await using var client = new LibSqlClient(http ? server.Url : server.WsUrl, new() { Timeout = Eventually.Patience });
        await client.ExecuteScriptAsync("CREATE TABLE t(id INTEGER)");
        var outcomes = new ConcurrentDictionary<long, bool?>(); // true: acknowledged; null: unknown; false: not done
        var (next, acknowledged, stop) = (0L, 0, false);
        var restarted = long.MaxValue;
        var back = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Enumerable.Range(0, Writers).Select(_ => Task.Run(WriteAsync)).ToList();
        await Eventually.IsTrueAsync(() => Volatile.Read(ref acknowledged) > 500);
        server.Kill();
        await Eventually.IsTrueAsync(() => outcomes.Values.Any(o => o is null) || client.Statistics.Retries > 0);
        await server.RestartAsync();
        var start = Stopwatch.GetTimestamp();
        Volatile.Write(ref restarted, start);
        var first = await back.Task.SoonAsync();
        var after = Volatile.Read(ref acknowledged);
        await Eventually.IsTrueAsync(() => Volatile.Read(ref acknowledged) > after + 500);
        Volatile.Write(ref stop, true);
        await Task.WhenAll(writing).SoonAsync();

        var milliseconds = Stopwatch.GetElapsedTime(start, first).TotalMilliseconds;
        output.WriteLine($"back {milliseconds:0} ms after the restart; {outcomes.Count} writes, {outcomes.Values.Count(o => o is null)} unknown, {outcomes.Values.Count(o => o is false)} not done");
        using var raw = new RawSqld(server.Url);
        var rows = (await raw.ReadAsync("SELECT id FROM t")).Select(long.Parse).GroupBy(id => id).ToDictionary(g => g.Key, g => g.Count());
        foreach (var (id, outcome) in outcomes)
        {
            var count = rows.GetValueOrDefault(id);
            Assert.True(outcome switch { true => count == 1, false => count == 0, _ => count <= 1 }, $"{id}: {outcome}, {count} times there");
        }

        Assert.All(rows.Keys, id => Assert.True(outcomes.ContainsKey(id)));

        async Task WriteAsync()
        {
            while (!Volatile.Read(ref stop))
            {
                var id = Interlocked.Increment(ref next);
                try
                {
                    await client.InsertAsync("INSERT INTO t VALUES (?)", false, id);
                    outcomes[id] = true;
                    Interlocked.Increment(ref acknowledged);
                    if (Stopwatch.GetTimestamp() is var now && now > Volatile.Read(ref restarted))
                        back.TrySetResult(now);
                }
                catch (LibSqlConnectionException e)
                {
                    outcomes[id] = e.OutcomeUnknown ? null : false;
                }
            }
        }
    }

    [Fact]
    public async Task A_server_that_stood_still_for_a_while_is_gone_on_with_and_nothing_is_lost()
    {
        await using var server = await SqldServer.StartAsync();
        await using var client = new LibSqlClient(server.WsUrl, new() { Timeout = Eventually.Patience, ConnectTimeout = Eventually.Patience });
        await client.ExecuteScriptAsync("CREATE TABLE t(id INTEGER)");
        server.Freeze();
        var writes = Enumerable.Range(0, 32).Select(i => client.InsertAsync("INSERT INTO t VALUES (?)", false, i)).ToList();
        var read = client.CountAsync("SELECT 1");
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        Assert.All(writes, w => Assert.False(w.IsCompleted));
        server.Thaw();
        await Task.WhenAll(writes);
        Assert.Equal(1, await read);
        Assert.Equal(32, await client.CountAsync("SELECT count(*) FROM t"));
        Assert.Equal(0, client.Statistics.Retries);
    }
}
