namespace Afterwit.Tests.Learning;

public sealed class MemoryWorthTests
{
    [Fact]
    public void The_others_are_all_runs_of_the_domain_but_those_that_something_was_recalled_for()
    {
        var worth = MemoryWorth.Of(All(12, 8), new("d", 6, 5));
        Assert.Equal((6, 5, 14, 7), (worth.Runs, worth.Successes, worth.RunsWithout, worth.SuccessesWithout));
        Assert.Equal(Uplift.Of(5, 6, 7, 14), worth.Uplift);
    }

    [Fact]
    public void Without_runs_on_both_sides_nothing_is_known_and_no_count_falls_below_none()
    {
        Assert.Null(MemoryWorth.Of(All(3, 1), default).Uplift);
        Assert.Null(MemoryWorth.Of(All(3, 1), new("d", 4, 3)).Uplift);
        var behind = MemoryWorth.Of(All(3, 1), new("d", 5, 4)); // another process learned between the two reads
        Assert.Equal((0, 0), (behind.RunsWithout, behind.SuccessesWithout));
    }

    private static Pattern All(int successes, int failures) => new() { Kind = PatternKind.Context, Condition = "", Action = "*", Successes = successes, Failures = failures };
}
