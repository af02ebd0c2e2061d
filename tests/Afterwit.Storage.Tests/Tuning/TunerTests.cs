namespace Afterwit.Storage.Tests.Tuning;

/// <summary>The climber against made-up costs: with noise of its own, and with loads that change.</summary>
public sealed class TunerTests
{
    private const int Places = 8;

    private readonly List<Verdict> _verdicts = [];

    public static TheoryData<int, int, double> Curves()
    {
        var all = new TheoryData<int, int, double>();
        foreach (var start in (int[])[0, 4, Places - 1])
        {
            for (var best = 0; best < Places; best++)
            {
                foreach (var noise in (double[])[0, 0.02, 0.05])
                    all.Add(start, best, noise);
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void It_finds_the_best_place_within_a_tenth(int start, int best, double noise)
    {
        var tuner = new Tuner(Places, start, [1, 2]);
        var cost = Run(tuner, 120, place => 100 + (20 * Math.Abs(place - best)), noise, seed: (start * 100) + best);
        Assert.True(cost < 110, $"from {start} to {best}: {cost}");
    }

    [Fact]
    public void What_does_not_help_is_undone_and_tried_ever_more_seldom()
    {
        var tuner = new Tuner(Places, 3, [1, 2]);
        Run(tuner, 1_000, place => 100 + (5 * Math.Abs(place - 3)), 0.01, seed: 1);
        Assert.All(_verdicts, v => Assert.Equal((3, TuningOutcome.Undone), (v.From, v.Outcome)));
        Assert.NotEmpty(_verdicts);
        var before = _verdicts.Count;
        Run(tuner, 1_000, place => 100 + (5 * Math.Abs(place - 3)), 0.01, seed: 2);
        Assert.InRange(_verdicts.Count - before, 1, before);
    }

    [Fact]
    public void A_flat_cost_moves_nothing_however_noisy()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var tuner = new Tuner(Places, 4, [1, 2]);
            _verdicts.Clear();
            Run(tuner, 300, _ => 100, 0.08, seed);
            // Chance may pass for a gain now and then; going back and forth it would on every trial.
            Assert.True(_verdicts.Count(v => v.Outcome == TuningOutcome.Kept) <= _verdicts.Count / 8, $"seed {seed}: {_verdicts.Count(v => v.Outcome == TuningOutcome.Kept)} of {_verdicts.Count}");
        }
    }

    [Fact]
    public void Trials_cost_little_where_it_stands_well()
    {
        var tuner = new Tuner(4, 3, [1, 2, 3]);
        var cost = Run(tuner, 400, place => 100 * (4 - place), 0.01, seed: 3); // the places below cost two, three and four times as much
        Assert.InRange(cost, 100, 104);
    }

    [Fact]
    public void It_begins_anew_when_the_load_changes()
    {
        var tuner = new Tuner(Places, 4, [1, 2]);
        foreach (var (best, level) in ((int, double)[])[(7, 100), (0, 300), (5, 40), (7, 100)])
        {
            var cost = Run(tuner, 80, place => level * (1 + (0.2 * Math.Abs(place - best))), 0.03, seed: best);
            Assert.True(cost < 1.1 * level, $"best at {best}: {cost} of {level}");
        }
    }

    [Fact]
    public void Another_mix_is_another_load_though_it_costs_the_same()
    {
        var (same, other) = (new Tuner(3, 1, [1]), new Tuner(3, 1, [1]));
        foreach (var tuner in (Tuner[])[same, other])
            Run(tuner, 30, place => place == 1 ? 100 : 400, 0, seed: 1); // both neighbours failed badly: they are left alone for long
        Run(same, 12, place => place == 2 ? 50 : place == 1 ? 100 : 400, 0, seed: 1);
        Run(other, 12, place => place == 2 ? 50 : place == 1 ? 100 : 400, 0, seed: 1, mix: 2);
        Assert.Equal((1, 2), (same.Place, other.Place));
    }

    [Fact]
    public void A_load_that_changes_during_a_trial_decides_nothing()
    {
        var tuner = new Tuner(3, 1, [1]);
        for (var i = 0; i < 3; i++)
            Assert.Null(tuner.Observe(new(100)));
        Assert.NotEqual(1, tuner.Place);
        var verdict = tuner.Observe(new(10, Mix: 5));
        Assert.Equal((1, TuningOutcome.Undone), (tuner.Place, verdict!.Value.Outcome));
        Assert.StartsWith("the load changed", verdict.Value.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_used_goes_when_that_costs_no_more_and_nothing_moves_without_an_aim()
    {
        var tuner = new Tuner(Places, 7, [1, 2, 4]);
        for (var i = 0; i < 40; i++)
            Keep(tuner.Observe(new(tuner.Place >= 2 ? 100 : 200, Aim: tuner.Place > 2 ? Aim.Less : Aim.Nothing)));
        Assert.Equal(2, tuner.Place);
        Assert.All(_verdicts, v => Assert.True(v.To < v.From));
    }

    [Fact]
    public void A_place_that_can_be_no_gain_is_not_tried()
    {
        var tuner = new Tuner(3, 2, [1, 2], floor: place => place == 0 ? 100 : 0);
        Run(tuner, 200, place => (double[])[100, 60, 30] is var costs ? costs[place] : 0, 0.01, seed: 1);
        Assert.DoesNotContain(_verdicts, v => v.To == 0);
        Assert.Contains(_verdicts, v => v.To == 1);
    }

    [Fact]
    public void A_step_down_is_at_once_and_ends_at_the_lowest_place()
    {
        var tuner = new Tuner(3, 2, [1]);
        Assert.Equal(new Verdict(2, 1, TuningOutcome.Kept, "because"), tuner.StepDown("because"));
        Assert.Equal(0, tuner.StepDown("because")!.Value.To);
        Assert.Null(tuner.StepDown("because"));
    }

    /// <summary>Runs so many periods.</summary>
    /// <returns>The mean true cost in their second half.</returns>
    private double Run(Tuner tuner, int periods, Func<int, double> cost, double noise, int seed, double mix = 1)
    {
        var random = new Random(seed);
        var paid = 0.0;
        for (var i = 0; i < periods; i++)
        {
            Assert.InRange(tuner.Place, 0, Places - 1);
            var actual = cost(tuner.Place);
            paid += i < periods / 2 ? 0 : actual;
            // The sum of three is much like a bell.
            var chance = random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5;
            Keep(tuner.Observe(new(actual * (1 + (2 * noise * chance)), mix)));
        }

        return paid / (periods - (periods / 2));
    }

    private void Keep(Verdict? verdict)
    {
        if (verdict is { } v)
            _verdicts.Add(v);
    }
}
