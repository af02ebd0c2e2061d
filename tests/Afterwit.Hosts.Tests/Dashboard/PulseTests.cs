using Afterwit.Storage;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Dashboard;

public sealed class PulseTests
{
    [Fact]
    public async Task Rates_and_percentiles_are_of_the_last_seconds_alone()
    {
        var time = new FakeClock();
        await using var engine = SqliteDatabase.Open(SqliteDatabase.InMemory, new());
        using var metrics = new MemoryMetrics(engine, "pulse", time);
        var pulse = new Pulse(metrics, time);
        Assert.Null(Sample().P99Us);

        Operations(20, TimeSpan.FromSeconds(1));
        var slow = Sample();
        Assert.Equal(20, slow.OperationsPerS);
        Assert.InRange(slow.P99Us!.Value, 950_000, 1_050_000);

        for (var second = 0; second < Pulse.Window; second++)
            Sample();
        Operations(40, TimeSpan.FromMilliseconds(1));
        var fast = Sample();
        Assert.InRange(fast.P99Us!.Value, 950, 1_050);
        Assert.Equal(4, fast.OperationsPerS);

        PulseReport Sample()
        {
            var report = pulse.Sample(metrics.Report());
            time.Now += TimeSpan.FromSeconds(1);
            return report;
        }

        void Operations(int count, TimeSpan each)
        {
            var now = time.Now;
            for (var i = 0; i < count; i++)
            {
                var start = metrics.Now();
                time.Now += each;
                metrics.Record(StoreOperation.GetEpisode, start);
                time.Now = now;
            }
        }
    }
}
