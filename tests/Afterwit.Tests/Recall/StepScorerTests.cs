namespace Afterwit.Tests.Recall;

public sealed class StepScorerTests
{
    [Fact]
    public void A_steps_own_terms_count_in_full_and_neighbours_lend_what_is_missing()
    {
        var factors = new Dictionary<int, double[]>();
        StepScorer.Spread([new(2, 0b01), new(4, 0b10)], 2, lastOrdinal: 9, (ordinal, f) => factors.Add(ordinal, [.. f]));
        Assert.Equal(Enumerable.Range(0, 8), factors.Keys);
        Assert.Equal([0.36, 0], factors[0]);
        Assert.Equal([0.6, 0.216], factors[1]);
        Assert.Equal([1, 0.36], factors[2]);
        Assert.Equal([0.8, 0.6], factors[3]);
        Assert.Equal([0.64, 1], factors[4]);
        Assert.Equal([0.512, 0.8], factors[5]);
        Assert.Equal([0, 0.64], factors[6]);
        Assert.Equal([0, 0.512], factors[7]);
    }

    [Fact]
    public void The_larger_counts_never_the_sum_and_no_step_outside_the_episode()
    {
        var factors = new Dictionary<int, double[]>();
        StepScorer.Spread([new(0, 0b1), new(1, 0b1), new(2, 0b1)], 1, lastOrdinal: 2, (ordinal, f) => factors.Add(ordinal, [.. f]));
        Assert.Equal([0, 1, 2], factors.Keys);
        Assert.All(factors.Values, f => Assert.Equal([1], f));
        StepScorer.Spread([], 1, 5, (_, _) => Assert.Fail("there is nothing to spread"));
    }

    [Fact]
    public void Own_weights_add_up()
    {
        double[] weights = [1, 2, 4, .. Enumerable.Repeat(0.0, 60), 8];
        Assert.Equal(0, StepScorer.Own(0, weights));
        Assert.Equal(5, StepScorer.Own(0b101, weights));
        Assert.Equal(15, StepScorer.Own(ulong.MaxValue, weights));
    }
}
