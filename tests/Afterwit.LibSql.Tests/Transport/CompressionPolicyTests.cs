using Afterwit.LibSql.Transport;

namespace Afterwit.LibSql.Tests.Transport;

/// <summary>When compression pays, by speeds that are made up.</summary>
public sealed class CompressionPolicyTests
{
    private const double Large = 200_000;
    private readonly Clock _clock = new();
    private readonly CompressionPolicy _policy;

    public CompressionPolicyTests() => _policy = new(new(), _clock);

    [Fact]
    public void Nothing_is_compressed_before_the_link_is_known()
    {
        Assert.False(_policy.Pays(100 * Large));
        Plain(8_000, 0.001 * 8_000); // 1 KB/s, but too short to tell
        Assert.False(_policy.Pays(100 * Large));
        Assert.Equal(double.PositiveInfinity, _policy.Speed);
    }

    [Theory]
    [InlineData(0.1e6, 2_000, true)]
    [InlineData(0.1e6, 100, false)]
    [InlineData(1e6, 200_000, true)]
    [InlineData(1e6, 10_000, true)]
    [InlineData(1e6, 200, false)]
    [InlineData(5e6, 200_000, true)]
    [InlineData(5e6, 2_000, false)]
    [InlineData(10e6, 200_000, false)]
    [InlineData(100e6, 200_000, false)]
    [InlineData(1000e6, 20_000_000, false)]
    public void Large_answers_over_a_slow_link_are(double bytesPerSecond, double expectedBytes, bool pays)
    {
        Plain(100_000, bytesPerSecond);
        Assert.Equal(pays, _policy.Pays(expectedBytes));
    }

    [Fact]
    public void What_waited_in_a_buffer_does_not_make_a_slow_link_fast()
    {
        for (var i = 0; i < 10; i++)
        {
            Plain(100_000, 1e6);
            _policy.CamePlain(30_000, TimeSpan.Zero);
        }

        Assert.InRange(_policy.Speed, 1e6, 1.5e6);
        Assert.True(_policy.Pays(Large));
    }

    [Fact]
    public void A_link_that_became_slow_is_noticed_within_a_few_answers()
    {
        for (var i = 0; i < 100; i++)
            Plain(100_000, 500e6);
        Assert.False(_policy.Pays(Large));
        for (var i = 0; i < 3; i++)
            Plain(100_000, 1e6);
        Assert.True(_policy.Pays(Large));
    }

    [Fact]
    public void A_link_that_became_fast_is_noticed_by_one_plain_answer_a_minute()
    {
        Plain(100_000, 1e6);
        for (var second = 0; second < 600; second++)
        {
            _clock.Now += TimeSpan.FromSeconds(1);
            if (_policy.Pays(Large))
                _policy.CameCompressed(20_000, 200_000);
            else
                Plain(20_000_000, 500e6);
        }

        Assert.False(_policy.Pays(Large));
        Assert.True(_policy.Speed > 100e6);
    }

    [Fact]
    public void A_link_that_stays_slow_is_probed_once_a_minute()
    {
        Plain(100_000, 1e6);
        var probes = 0;
        for (var second = 0; second < 600; second++)
        {
            _clock.Now += TimeSpan.FromSeconds(1);
            if (_policy.Pays(Large))
                continue;
            probes++;
            Plain(100_000, 1e6);
        }

        Assert.Equal(10, probes);
    }

    [Fact]
    public void What_does_not_shrink_is_left_plain_until_long_after()
    {
        Plain(100_000, 1e6);
        for (var i = 0; i < 50; i++)
            _policy.CameCompressed(200_000, 200_000);
        Assert.False(_policy.Pays(Large));
        for (var i = 0; i < 50; i++)
            Plain(100_000, 1e6);
        Assert.True(_policy.Pays(Large));
    }

    private void Plain(long bytes, double bytesPerSecond) => _policy.CamePlain(bytes, TimeSpan.FromSeconds(bytes / bytesPerSecond));

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
