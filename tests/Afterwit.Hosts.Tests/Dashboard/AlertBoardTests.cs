using Afterwit.Dashboard.Alerts;
using Afterwit.Storage;

namespace Afterwit.Hosts.Tests.Dashboard;

public sealed class AlertBoardTests
{
    private static readonly PulseReport Well = new(
        new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero), 100, 50, 100, 200, 300, 0, 0, 0.9, 0.9, 1, 4, 8, 0, 0, 10, 2, 0);

    private readonly AlertBoard _board = new(AlertRule.All(new()));

    public static TheoryData<string, string> Bad => new()
    {
        { "pool_exhausted", "in_use" }, { "pool_waiting", "waiting" }, { "hit_rate", "hit_rate" }, { "p99", "p99" }, { "errors", "errors" }, { "replica_lag", "replica_lag" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void An_alert_is_raised_when_its_value_was_bad_for_some_samples_in_a_row(string alert, string what)
    {
        var bad = Worsen(what);
        Assert.Empty(_board.Update(bad));
        Assert.Empty(_board.Update(bad));
        var raised = Assert.Single(_board.Update(bad));
        Assert.Equal(alert, raised.Name);
        Assert.Equal(bad.At, raised.Since);
        Assert.NotEmpty(raised.Text);
    }

    [Fact]
    public void A_good_sample_between_bad_ones_begins_the_count_anew()
    {
        var bad = Worsen("p99");
        foreach (var pulse in (PulseReport[])[bad, bad, Well, bad, bad])
            Assert.Empty(_board.Update(pulse));
        Assert.Single(_board.Update(bad));
    }

    [Fact]
    public void Between_the_thresholds_nothing_changes()
    {
        var between = Well with { P99Us = 90_000 }; // of a target of 100 ms
        Repeat(between, 10);
        Assert.Empty(_board.Update(between));
        Repeat(Worsen("p99"), 3);
        Repeat(between, 10);
        Assert.Single(_board.Update(between));
    }

    [Fact]
    public void It_is_cleared_when_its_value_was_good_for_some_samples_in_a_row()
    {
        Repeat(Worsen("errors"), 3);
        Assert.Single(_board.Update(Well));
        Assert.Single(_board.Update(Well));
        Assert.Empty(_board.Update(Well));
    }

    [Fact]
    public void Where_there_is_too_little_to_say_an_alert_ends()
    {
        Repeat(Worsen("hit_rate"), 3);
        Repeat(Well with { HitRate = null }, 2);
        Assert.Empty(_board.Update(Well with { HitRate = null }));
    }

    [Fact]
    public void The_oldest_stands_first()
    {
        Repeat(Worsen("p99"), 3);
        var both = Worsen("p99") with { ErrorShare = 0.5, ErrorsPerS = 50, At = Well.At.AddSeconds(3) };
        Repeat(both, 2);
        Assert.Equal(["p99", "errors"], _board.Update(both).Select(a => a.Name));
    }

    private static PulseReport Worsen(string what) => what switch
    {
        "in_use" => Well with { InUse = 8 },
        "waiting" => Well with { Waiting = 2 },
        "hit_rate" => Well with { HitRate = 0.5 },
        "p99" => Well with { P99Us = 150_000 },
        "errors" => Well with { ErrorShare = 0.1, ErrorsPerS = 10 },
        _ => Well with { ReplicaLag = 5000 },
    };

    private void Repeat(PulseReport pulse, int times)
    {
        for (var i = 0; i < times; i++)
            _board.Update(pulse);
    }
}
