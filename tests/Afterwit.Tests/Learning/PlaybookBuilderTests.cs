namespace Afterwit.Tests.Learning;

public class PlaybookBuilderTests
{
    private static readonly Episode Usual = Episodes.Run(true, "SHOW DESCRIBE DESCRIBE SELECT", task: "how many players are there?");
    private static readonly Episode Detour = Episodes.Run(true, "SELECT!no_such_table:_x SHOW DESCRIBE SELECT");
    private static readonly Episode Odd = Episodes.Run(true, "HELP SELECT");

    [Fact]
    public void The_way_is_the_one_most_runs_share_without_detours_and_repeats()
    {
        var playbook = PlaybookBuilder.Build([new(Usual, 1), new(Detour, 0.8), new(Odd, 0.3)], [])!;

        Assert.Equal(["SHOW", "DESCRIBE", "SELECT"], playbook.Steps.Select(s => s.Tool));
        Assert.Equal(1, playbook.Steps[2].Share, 9);
        Assert.InRange(playbook.Steps[0].Share, 0.7, 0.95);
        Assert.Equal("DESCRIBE good", playbook.Steps[1].Example);
        Assert.Equal(new Evidence(Usual.Id, true, 1), playbook.Steps[1].Evidence);
        Assert.Equal("how many players are there?", playbook.Title);
        Assert.Equal((3, 0, Wilson.Lower(3, 3)), (playbook.Successes, playbook.Failures, playbook.LowerBound));
        Assert.Equal([Usual.Id, Detour.Id, Odd.Id], playbook.Evidence.Select(e => e.Episode));
    }

    [Fact]
    public void The_id_is_made_from_domain_and_tools()
    {
        var one = PlaybookBuilder.Build([new(Usual, 1)], [])!;
        var same = PlaybookBuilder.Build([new(Episodes.Run(true, "SHOW SHOW DESCRIBE SELECT", task: "other"), 0.4)], [])!;
        var elsewhere = PlaybookBuilder.Build([new(Episodes.Run(true, "SHOW DESCRIBE SELECT", domain: "bash"), 1)], [])!;

        Assert.Matches("^b[0-9a-f]{16}$", one.Id);
        Assert.Equal(one.Id, same.Id);
        Assert.NotEqual(one.Id, elsewhere.Id);
    }

    [Fact]
    public void Pitfalls_tell_what_failed_and_what_mended_it()
    {
        var failed = Episodes.Run(false, "SELECT!no_such_table:_y SELECT!no_such_table:_z");
        var patterns = Episodes.Count(Episodes.Times(5, true, "SELECT!no_such_table:_q SHOW SELECT"));
        var pitfall = Assert.Single(PlaybookBuilder.Build([new(Detour, 1), new(failed, 0.9)], patterns)!.Pitfalls);

        Assert.Equal("SELECT was answered with 'no such table' in 2 of 2 runs; SHOW, DESCRIBE led to a call that worked (1 run); over all runs after SELECT error: no such table, "
            + "5 runs went on with SHOW and 5 succeeded (100 %, at least 57 % with 95 % confidence)", pitfall.Text);
        Assert.Contains(PatternId.Of(PatternKind.ErrorRecovery, "sql", "SELECT error: no such table", "SHOW"), pitfall.Patterns);
        Assert.Equal([Detour.Id, failed.Id], pitfall.Evidence.Select(e => e.Episode));
    }

    [Fact]
    public void Circumstances_of_failures_only_are_a_reason_to_avoid_it()
    {
        SimilarEpisode Run(bool success, params string[] tags) => new(Episodes.Run(success, "A", tags: tags), 1);
        var playbook = PlaybookBuilder.Build([Run(true, "env:x"), Run(false, "env:x", "env:y"), Run(false, "env:y"), Run(false, "env:z")], [])!;

        Assert.Equal(["env:y (2 runs failed, none succeeded)"], playbook.AvoidWhen);
        Assert.Equal((1, 3), (playbook.Successes, playbook.Failures));
    }

    [Fact]
    public void Without_a_successful_run_there_is_no_playbook()
    {
        Assert.Null(PlaybookBuilder.Build([], []));
        Assert.Null(PlaybookBuilder.Build([new(Episodes.Run(false, "A B"), 1)], []));
        Assert.Null(PlaybookBuilder.Build([new(Usual with { Outcome = Outcome.Abstention() }, 1), new(Usual with { Outcome = null }, 1)], []));
        Assert.Null(PlaybookBuilder.Build([new(Episodes.Run(true, "", endsWithMessage: true), 1)], []));
    }

    [Fact]
    public void Thirty_runs_of_thousands_of_steps_and_no_similarity_at_all_still_give_one()
    {
        var random = new Random(7);
        var runs = Enumerable.Range(0, 60).Select(_ => new SimilarEpisode(Episodes.Run(true, string.Join(' ', Enumerable.Range(0, 3000).Select(_ => "T" + random.Next(6)))), double.NaN)).ToList();
        var playbook = PlaybookBuilder.Build(runs, [])!;
        Assert.InRange(playbook.Steps.Count, 1, 200);
        Assert.Equal(60, playbook.Successes);
    }
}
