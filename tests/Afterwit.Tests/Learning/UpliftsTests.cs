namespace Afterwit.Tests.Learning;

public sealed class UpliftsTests
{
    private static readonly Pattern All = Count(PatternKind.Context, "", "*", 60, 40);

    [Fact]
    public void A_pattern_is_compared_with_the_other_runs_of_its_domain()
    {
        var pattern = Count(PatternKind.ToolSequence, "", "test > deploy", 45, 5);
        Pattern elsewhere = Count(PatternKind.Context, "", "*", 1, 99) with { Domain = "other" };

        Assert.Equal(Uplift.Of(45, 50, 15, 50), new Uplifts([All, elsewhere, Count(PatternKind.Context, "", "deploy", 3, 3)]).Of(pattern));
    }

    [Fact]
    public void What_was_done_after_an_error_is_compared_with_what_else_was_done_after_one()
    {
        var uplifts = new Uplifts([All, Recovery("", "retry", 2, 18), Recovery("", "look", 12, 8), Recovery("", "stop", 0, 1) with { IsRetired = true }]);

        Assert.Equal(Uplift.Of(12, 16, 2, 25), uplifts.Of(Recovery("deploy error", "look", 12, 4)));
        Assert.Equal(Uplift.Of(2, 20, 12, 21), uplifts.Of(Recovery("", "retry", 2, 18)));
    }

    [Fact]
    public void A_run_that_went_on_in_several_ways_is_not_taken_for_more_runs_than_there_are()
    {
        var uplifts = new Uplifts([Count(PatternKind.Context, "", "*", 8, 12), Recovery("", "look", 5, 5), .. Enumerable.Range(0, 10).Select(i => Recovery("", $"way {i}", 2, 8))]);

        Assert.Equal(Uplift.Of(5, 10, 2, 10), uplifts.Of(Recovery("", "look", 5, 5)));
    }

    [Fact]
    public void Without_other_runs_there_is_none()
    {
        var uplifts = new Uplifts([All, Recovery("", "retry", 2, 18)]);

        Assert.Null(uplifts.Of(All));
        Assert.Null(uplifts.Of(Recovery("", "retry", 2, 18)));
        Assert.Null(uplifts.Of(All with { Domain = "unknown" }));
        Assert.Null(uplifts.Of(Count(PatternKind.DecisionPoint, "", "gone", 0, 0)));
    }

    [Fact]
    public void More_runs_than_the_domain_has_leave_none_over_and_never_fewer()
    {
        // An episode was forgotten between two reads.
        Assert.Equal(Uplift.Of(61, 71, 0, 30), new Uplifts([All]).Of(Count(PatternKind.DecisionPoint, "", "deploy", 61, 10)));
        Assert.Null(new Uplifts([All]).Of(Count(PatternKind.DecisionPoint, "", "deploy", 61, 41)));
    }

    private static Pattern Recovery(string condition, string action, int successes, int failures) => Count(PatternKind.ErrorRecovery, condition, action, successes, failures);

    private static Pattern Count(PatternKind kind, string condition, string action, int successes, int failures) =>
        new() { Kind = kind, Domain = "air", Condition = condition, Action = action, Successes = successes, Failures = failures };
}
