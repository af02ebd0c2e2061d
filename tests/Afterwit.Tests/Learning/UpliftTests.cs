namespace Afterwit.Tests.Learning;

public sealed class UpliftTests
{
    // The worked examples of Newcombe 1998, table II, method 10.
    [Theory]
    [InlineData(56, 70, 48, 80, 0.2000, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.6000, 0.1705, 0.8090)]
    [InlineData(5, 56, 0, 29, 0.0893, -0.0381, 0.1926)]
    [InlineData(10, 10, 0, 10, 1.0000, 0.6075, 1.0000)]
    public void The_bounds_are_those_of_the_published_examples(int successes, int runs, int otherSuccesses, int otherRuns, double difference, double lower, double upper)
    {
        var uplift = Uplift.Of(successes, runs, otherSuccesses, otherRuns);

        Assert.Equal(difference, uplift.Difference, 4);
        Assert.Equal(lower, uplift.LowerBound, 4);
        Assert.Equal(upper, uplift.UpperBound, 4);
    }

    [Theory]
    [InlineData(0, 0, 5, 10)]
    [InlineData(5, 10, 0, 0)]
    public void Without_runs_on_either_side_nothing_is_known(int successes, int runs, int otherSuccesses, int otherRuns) =>
        Assert.Equal(new Uplift(0, -1, 1), Uplift.Of(successes, runs, otherSuccesses, otherRuns));

    [Fact]
    public void The_bounds_stay_within_what_a_difference_can_be()
    {
        Assert.Equal(1, Uplift.Of(33333, 33333, 0, 16667).UpperBound);
        Assert.Equal(-1, Uplift.Of(0, 16667, 33333, 33333).LowerBound);
    }

    [Fact]
    public void It_is_sure_when_the_bounds_have_one_sign()
    {
        Assert.True(Uplift.Of(56, 70, 48, 80).IsSure);
        Assert.True(Uplift.Of(48, 80, 56, 70).IsSure);
        Assert.False(Uplift.Of(5, 56, 0, 29).IsSure);
    }
}
