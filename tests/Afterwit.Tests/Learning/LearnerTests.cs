using System.Diagnostics;

namespace Afterwit.Tests.Learning;

public class LearnerTests
{
    private const string Detour = "SELECT!no_such_table:_x DESCRIBE SELECT";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Each_state_is_observed_with_what_was_done_next_in_successes_and_failures(bool success)
    {
        var seen = Of(PatternKind.DecisionPoint, Episodes.Run(success, Detour));

        Assert.All(seen, o => Assert.Equal(success, o.Success));
        Assert.Contains(seen, o => o is { Condition: "", Action: "SELECT", ActionFailed: true, Step: 0 });
        Assert.Contains(seen, o => o is { Condition: "^", Action: "SELECT", ActionFailed: true, Step: 0 });
        Assert.Contains(seen, o => o is { Condition: "SELECT", Action: "DESCRIBE", ActionFailed: false, Step: 1 });
        Assert.Contains(seen, o => o is { Condition: "SELECT error", Action: "DESCRIBE", Step: 1 });
        Assert.Contains(seen, o => o is { Condition: "^ > SELECT error", Action: "DESCRIBE" });
        Assert.Contains(seen, o => o is { Condition: "^ > SELECT > DESCRIBE ok", Action: "SELECT", ActionFailed: false, Step: 2 });
        Assert.Contains(seen, o => o is { Condition: "SELECT > DESCRIBE > SELECT ok", Action: Learner.End, Step: 2 });
        Assert.Single(seen, o => o is { Condition: "", Action: "SELECT" });
    }

    [Fact]
    public void After_an_error_the_next_tool_is_observed_under_five_conditions()
    {
        var seen = Of(PatternKind.ErrorRecovery, Episodes.Run(true, Detour));

        Assert.All(seen, o => Assert.Equal("DESCRIBE", o.Action));
        Assert.Equal(["", "SELECT error", "error: no such table", "SELECT error: no such table", "SELECT error: no such table; used SELECT"], seen.Select(o => o.Condition));
    }

    [Fact]
    public void Sequences_take_repeats_as_one()
    {
        var seen = Of(PatternKind.ToolSequence, Episodes.Run(true, "A A B C!bad_input"));

        Assert.Equal(["A+ > B", "A+ > B > C", "B > C"], seen.Select(o => o.Action).Order(StringComparer.Ordinal));
        Assert.Equal([false, true, true], seen.OrderBy(o => o.Action, StringComparer.Ordinal).Select(o => o.ActionFailed));
    }

    [Fact]
    public void Context_keeps_base_rates_tags_ends_and_errors()
    {
        var seen = Of(PatternKind.Context, Episodes.Run(false, Detour, tags: ["env:x"], endsWithMessage: true));

        foreach (var (condition, action) in new[]
        {
            ("", "*"), ("ends", "message"), ("", "SELECT"), ("", "DESCRIBE"), ("tag:env:x", "*"), ("tag:env:x", "SELECT"), ("tag:env:x", "DESCRIBE"),
            ("error:no such table", "SELECT"), ("after ^", "SELECT error: no such table"),
        })
        {
            Assert.Single(seen, o => o.Condition == condition && o.Action == action && !o.Success);
        }

        Assert.Contains(Of(PatternKind.Context, Episodes.Run(true, "A")), o => o is { Condition: "ends", Action: "tool" });
    }

    [Fact]
    public void A_note_teaches_nothing_about_doing_things()
    {
        var note = Episodes.Run(true, "") with { Steps = [Notes.Part("tea at five"), Notes.Part("or at six")] };
        Assert.Empty(Learner.Observe(note));
        Assert.NotEmpty(Learner.Observe(note with { Steps = [.. note.Steps, Step.ToolCall("BREW")] }));
    }

    [Fact]
    public void Nothing_is_learned_from_what_came_out_of_the_memory()
    {
        var plain = Episodes.Run(true, Detour);
        var recall = Step.ToolCall("recall", "players", "Error: no such memory", isError: true) with { FromMemory = true };
        var mixed = plain with { Steps = [recall, .. plain.Steps, recall] };

        Assert.DoesNotContain(Learner.Observe(mixed), o => o.Condition.Contains("recall", StringComparison.Ordinal) || o.Action.Contains("recall", StringComparison.Ordinal));
        Assert.Equal(Learner.Observe(plain).Select(o => (o.Kind, o.Condition, o.Action)), Learner.Observe(mixed).Select(o => (o.Kind, o.Condition, o.Action)));
    }

    [Fact]
    public void Nothing_is_learned_from_abstained_and_running_episodes()
    {
        var run = Episodes.Run(true, Detour);
        Assert.Empty(Learner.Observe(run with { Outcome = Outcome.Abstention() }));
        Assert.Empty(Learner.Observe(run with { Outcome = null }));
    }

    [Fact]
    public void A_pattern_is_observed_once_for_each_episode_and_the_same_every_time()
    {
        var run = Episodes.Run(false, "A B A B!x_is_missing A B A", tags: ["t"]);
        var seen = Learner.Observe(run);

        Assert.Equal(seen.Count, seen.Select(o => PatternId.Of(o.Kind, o.Domain, o.Condition, o.Action)).Distinct().Count());
        Assert.Equal(seen, Learner.Observe(run));
        Assert.Contains(seen, o => o is { Kind: PatternKind.DecisionPoint, Condition: "A ok", Action: "B", ActionFailed: true, Step: 1 });
    }

    [Fact]
    public void A_class_that_the_step_brings_is_kept()
    {
        var run = Episodes.Run(true, Detour);
        var named = run with { Steps = [run.Steps[0] with { ErrorClass = "schema; drift" }, .. run.Steps.Skip(1)] };
        Assert.Contains(Learner.Observe(named), o => o is { Kind: PatternKind.ErrorRecovery, Condition: "SELECT error: schema\\; drift", Action: "DESCRIBE" });
    }

    [Fact]
    public void Names_cannot_be_mistaken_for_the_marks_between_them()
    {
        string[][] ways = [["A > B"], ["A", "B"], ["A ok"], ["^"], ["^", "A"], ["END"], ["*"], ["\\END"], ["A", "> B"], ["A error: x"], ["A+"], ["a,b"], ["A\\"], ["\\"]];
        var ends = ways.Select(w => Conditions.OfDecision([.. w.Select(ToolNames.Action)], false)[^1]).ToList();
        Assert.Equal(ends.Count, ends.Distinct(StringComparer.Ordinal).Count());

        var run = Episodes.Run(true, "END *");
        Assert.Equal(["\\END", "\\*", Learner.End], Of(PatternKind.DecisionPoint, run).Where(o => o.Condition.Length == 0).Select(o => o.Action));
    }

    [Fact]
    public void A_hundred_thousand_steps_give_a_bounded_number_of_observations_in_time()
    {
        var steps = Enumerable.Range(0, 100_000).Select(i => Step.ToolCall($"tool{i % 997}" + new string('x', i % 300), null, $"Error: thing{i} cannot do {i % 7} of it {new string((char)('a' + (i % 26)), 3000)}", isError: i % 3 == 0)).ToList();
        var run = Episodes.Run(true, "A") with { Steps = steps, Context = new() { Domain = "d", Tags = [.. Enumerable.Range(0, 100).Select(i => $"t{i}")] } };
        var watch = Stopwatch.StartNew();
        var seen = Learner.Observe(run);

        Assert.True(seen.Count <= Learner.MaxObservations);
        Assert.All(seen, o => Assert.True(o.Condition.Length <= 2000 && o.Action.Length <= 400));
        // What grows with the square of the steps takes hours.
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), watch.Elapsed.ToString());
    }

    private static List<PatternObservation> Of(PatternKind kind, Episode episode) => [.. Learner.Observe(episode).Where(o => o.Kind == kind)];
}
