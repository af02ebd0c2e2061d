using Afterwit.LibSql;

namespace Afterwit.Storage.Tests.Metrics;

public sealed class LogHistogramTests
{
    [Fact]
    public void Small_values_are_exact()
    {
        var histogram = new LogHistogram();
        foreach (var value in (int[])[1, 1, 1, 2, 31])
            histogram.Record(value);
        Assert.Equal((5, 36, 31), (histogram.Count, histogram.Sum, histogram.Max));
        Assert.Equal((1, 2, 31), (histogram.Percentile(0.5), histogram.Percentile(0.8), histogram.Percentile(1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(777_777)]
    [InlineData(60_000_000)]
    public void A_percentile_is_within_a_thirty_second_of_the_value(long scale)
    {
        var histogram = new LogHistogram();
        for (var i = 1; i <= 1_000; i++)
            histogram.Record(i * scale);
        foreach (var share in (double[])[0.5, 0.95, 0.99, 0.001])
        {
            var exact = share * 1_000 * scale;
            Assert.InRange(histogram.Percentile(share), exact * (1 - (1 / 32.0)), exact * (1 + (1 / 32.0)));
        }
    }

    [Fact]
    public void Nothing_recorded_is_zero_and_no_value_is_out_of_range()
    {
        var histogram = new LogHistogram();
        Assert.Equal((0, 0, 0), (histogram.Count, histogram.Max, histogram.Percentile(0.99)));
        histogram.Record(-1);
        histogram.Record(long.MaxValue);
        Assert.Equal((2, long.MaxValue, 0), (histogram.Count, histogram.Max, histogram.Percentile(0.5)));
    }

    [Fact]
    public async Task No_value_is_lost_among_threads()
    {
        var histogram = new LogHistogram();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                histogram.Record((t * 10_000) + i);
        })));
        Assert.Equal((80_000, 79_999, 80_000L * 79_999 / 2), (histogram.Count, histogram.Max, histogram.Sum));
    }
}
