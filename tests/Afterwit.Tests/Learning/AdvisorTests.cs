namespace Afterwit.Tests.Learning;

public class AdvisorTests
{
    private const string Missing = "no_such_table:_x";

    [Fact]
    public void The_next_tool_is_what_successful_runs_did_in_this_state()
    {
        var patterns = Episodes.Count([.. Episodes.Times(10, true, "SHOW DESCRIBE SELECT"), .. Episodes.Times(20, false, "SHOW SELECT SELECT")]);
        var advice = Episodes.Advise(new() { Tools = ["SHOW"] }, patterns);

        Assert.Equal("DESCRIBE", advice.Next[0].Action);
        Assert.Contains("after ^ > SHOW ok, 10 runs went on with DESCRIBE and 10 succeeded (100 %, at least 72 % with 95 % confidence)", advice.Next[0].Reason, StringComparison.Ordinal);
        Assert.Contains(PatternId.Of(PatternKind.DecisionPoint, "sql", "^ > SHOW ok", "DESCRIBE"), advice.Next[0].Patterns);
        Assert.Null(advice.EmptyReason);
        Assert.Null(advice.ErrorClass);
    }

    [Fact]
    public void Interpolated_counts_follow_the_formula()
    {
        // One run A, one run B, both successful. (): c = 1, 1, N = 2, D = 2, p0 = 1/2. ^: the same. Both actions keep one half.
        var even = Episodes.Advise(new(), Episodes.Count(Episodes.Run(true, "A"), Episodes.Run(true, "B")));
        Assert.All(even.Next, s => Assert.Equal(0.5, s.Score, 12));

        // (): A 3, B 1 + 0.1: p(A) = (3 + 2/2) / 6.1; ^ has the same counts: p(A) = (3 + 2 p) / 6.1.
        var uneven = Episodes.Advise(new(), Episodes.Count([.. Episodes.Times(3, true, "A"), Episodes.Run(true, "B"), Episodes.Run(false, "B")]));
        Assert.Equal("A", uneven.Next[0].Action);
        Assert.Equal((3 + (2 * (4 / 6.1))) / 6.1, uneven.Next[0].Score, 12);
        Assert.Equal(1, uneven.Next.Sum(s => s.Score), 12);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Ending_is_offered_only_where_runs_end_with_a_message(int messages, bool offered)
    {
        var patterns = Episodes.Count([.. Episodes.Times(9, true, "A B"), .. Episodes.Times(messages, true, "A B", endsWithMessage: true)]);
        var advice = Episodes.Advise(new() { Tools = ["A", "B"] }, patterns, new Neighbour(Episodes.Trace(Episodes.Run(true, "A B")), 1, false));
        Assert.Equal(offered, advice.Next.Any(s => s.Action == Learner.End));
        Assert.Equal(offered, advice.Next[0].Action == Learner.End);
        Assert.Equal(1, advice.Next.Sum(s => s.Score), 12);
    }

    [Fact]
    public void Similar_runs_outvote_the_crowd_and_are_the_evidence()
    {
        var patterns = Episodes.Count([.. Episodes.Times(6, true, "A B"), .. Episodes.Times(4, true, "A C")]);
        var run = Episodes.Run(true, "A C");
        var advice = Episodes.Advise(new() { Tools = ["A"] }, patterns, new(Episodes.Trace(run), 1, true), new(Episodes.Trace(Episodes.Run(false, "A B")), 1, true), new(Episodes.Trace(Episodes.Run(true, "A C")), 0.8, false));

        Assert.Equal("C", advice.Next[0].Action);
        Assert.Contains(new Evidence(run.Id, true, 1), advice.Next[0].Evidence);
        Assert.Contains("2 of 3 runs of similar tasks did so here", advice.Next[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void After_an_error_what_recovered_comes_first_and_repeating_is_warned_of()
    {
        var patterns = Episodes.Count([.. Episodes.Times(8, true, $"SELECT!{Missing} SHOW SELECT"), .. Episodes.Times(20, false, $"SELECT!{Missing} SELECT!{Missing} SELECT!{Missing}")]);
        var advice = Episodes.Advise(new() { Tools = ["SELECT"], Error = "no such table: players" }, patterns);

        Assert.Equal("no such table", advice.ErrorClass);
        Assert.Equal("SHOW", advice.Next[0].Action);
        Assert.Contains("after SELECT error: no such table; used SELECT, 8 runs went on with SHOW and 8 succeeded", advice.Next[0].Reason, StringComparison.Ordinal);
        var repeat = Assert.Single(advice.Avoid);
        Assert.Equal("SELECT", repeat.Action);
        Assert.StartsWith("repeating what failed: ", repeat.Reason, StringComparison.Ordinal);
        Assert.Contains("20 of 20 runs (100 %", repeat.Reason, StringComparison.Ordinal);
        Assert.EndsWith("usual, but see the warning against it", advice.Next[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_domain_that_never_recovered_ranks_by_count()
    {
        var patterns = Episodes.Count([.. Episodes.Times(3, false, $"A!{Missing} B"), .. Episodes.Times(5, false, $"A!{Missing} C")]);
        Assert.Equal(["C", "B"], Episodes.Advise(new() { Tools = ["A"], Error = "no such table: x" }, patterns).Next.Take(2).Select(s => s.Action));
    }

    [Theory]
    [InlineData(1, "B")]
    [InlineData(20, "D")]
    public void Where_errors_are_rare_the_state_says_more_than_their_few_runs(int recoveries, string first)
    {
        var patterns = Episodes.Count([.. Episodes.Times(40, true, "A B"), .. Episodes.Times(recoveries, true, $"Z!{Missing} D")]);
        Assert.Equal(first, Episodes.Advise(new() { Tools = ["A"], Error = "no such table: x" }, patterns).Next[0].Action);
    }

    [Fact]
    public void Without_a_known_recovery_an_error_gets_the_next_tool()
    {
        var advice = Episodes.Advise(new() { Tools = ["A"], Error = "boom" }, Episodes.Count(Episodes.Times(3, true, "A B")));
        Assert.Equal("B", advice.Next[0].Action);
        Assert.Equal("boom", advice.ErrorClass);
    }

    [Fact]
    public void A_known_mistake_is_named_with_its_numbers_and_its_error()
    {
        var patterns = Episodes.Count([.. Episodes.Times(62, false, $"SELECT!{Missing}"), .. Episodes.Times(38, true, "SELECT"), .. Episodes.Times(50, true, "SHOW SELECT")]);
        var warning = Assert.Single(Episodes.Advise(new(), patterns).Avoid);

        Assert.Equal("SELECT", warning.Action);
        Assert.Equal("at the start, SELECT was answered with an error in 62 of 100 runs (62 %, at least 52 % with 95 % confidence), most often with 'no such table' (62 runs); 38 % of these runs succeeded", warning.Reason);
        Assert.Equal(Wilson.Lower(62, 100), warning.Score, 12);
        Assert.Contains(PatternId.Of(PatternKind.Context, "sql", "after ^", "SELECT error: no such table"), warning.Patterns);
    }

    [Fact]
    public void Doing_worse_than_usual_is_a_mistake_only_when_the_numbers_carry_it()
    {
        List<Pattern> Runs(int failed) => Episodes.Count([.. Episodes.Times(40, true, "A B"), .. Episodes.Times(failed, false, "A C")]);
        Assert.Empty(Episodes.Advise(new() { Tools = ["A"] }, Runs(2)).Avoid);
        var warning = Assert.Single(Episodes.Advise(new() { Tools = ["A"] }, Runs(10)).Avoid);
        Assert.Equal("C", warning.Action);
        Assert.Contains("0 of 10 runs with C succeeded (0 %, at most 28 % with 95 % confidence); usual is 80 %, without it 100 %", warning.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tool_can_be_wrong_under_a_tag_only()
    {
        var patterns = Episodes.Count([.. Episodes.Times(12, false, "A B", ["env:x"]), .. Episodes.Times(12, true, "A C", ["env:x"]), .. Episodes.Times(60, true, "A B")]);
        Assert.Contains(Episodes.Advise(new() { Tags = ["env:x"] }, patterns).Avoid, s => s.Action == "B" && s.Reason.StartsWith("with tag:env:x, 0 of 12 runs", StringComparison.Ordinal));
        Assert.Empty(Episodes.Advise(new(), patterns).Avoid);
    }

    [Fact]
    public void Withdrawn_patterns_are_never_used()
    {
        var all = Episodes.Count([.. Episodes.Times(10, true, "A B"), .. Episodes.Times(9, true, "A C"), .. Episodes.Times(9, false, $"A D!{Missing}")]);
        List<Pattern> Without(string action) => all.ConvertAll(p => p.Action == action ? p with { IsRetired = true } : p);
        var request = new AdviceRequest { Tools = ["A"] };

        Assert.Equal("B", Episodes.Advise(request, all).Next[0].Action);
        Assert.DoesNotContain(Episodes.Advise(request, Without("B"), new Neighbour(Episodes.Trace(Episodes.Run(true, "A B")), 1, true)).Next, s => s.Action == "B");
        Assert.Contains(Episodes.Advise(request, all).Avoid, s => s.Action == "D");
        Assert.DoesNotContain(Episodes.Advise(request, Without("D")).Avoid, s => s.Action == "D");
    }

    [Fact]
    public void Two_sightings_are_no_warning_and_other_domains_do_not_count()
    {
        Assert.Empty(Episodes.Advise(new(), Episodes.Count([.. Episodes.Times(2, false, $"A!{Missing}"), .. Episodes.Times(9, true, "B")])).Avoid);
        var other = Episodes.Count(Episodes.Times(5, true, "A")).ConvertAll(p => p with { Domain = "bash" });
        var advice = Advisor.Advise(new(), "sql", other, []);
        Assert.Empty(advice.Next);
        Assert.Contains("'sql'", advice.EmptyReason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_cuts_each_side_and_no_domain_is_a_domain_of_its_own()
    {
        var none = Episodes.Count(Enumerable.Range(0, 9).Select(i => Episodes.Run(true, $"T{i}", domain: null)));
        var advice = Advisor.Advise(new() { Limit = 4 }, null, none, []);
        Assert.Equal(4, advice.Next.Count);
        Assert.Equal(9, Advisor.Advise(new() { Limit = 1000 }, null, none, []).Next.Count);
    }
}
