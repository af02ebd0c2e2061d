namespace Afterwit.Tests.Episodes;

public sealed class EpisodeTests
{
    [Fact]
    public void New_ids_sort_by_time_and_derived_ids_are_always_the_same()
    {
        var earlier = EpisodeId.New(new Clock(DateTimeOffset.UnixEpoch.AddYears(50)));
        var later = EpisodeId.New(new Clock(DateTimeOffset.UnixEpoch.AddYears(50).AddMilliseconds(1)));
        Assert.True(string.CompareOrdinal(earlier.ToString(), later.ToString()) < 0);
        Assert.Equal(7, earlier.Value.Version);
        Assert.Equal(EpisodeId.FromSource("a"), EpisodeId.FromSource("a"));
        Assert.NotEqual(EpisodeId.FromSource("a"), EpisodeId.FromSource("b"));
        Assert.Equal("ca978112-ca1b-8dca-bac2-31b39a23dc4d", EpisodeId.FromSource("a").ToString()); // of SHA-256("a")
        Assert.Throws<ArgumentException>(() => EpisodeId.FromSource(""));
    }

    [Fact]
    public void Ids_are_read_as_they_are_written()
    {
        var episode = EpisodeId.FromSource("a");
        Assert.Equal(episode, EpisodeId.Parse(episode.ToString()));
        Assert.Equal(episode, EpisodeId.Parse(episode.Value.ToString("N")));
        var receipt = new ReceiptId(episode.Value);
        Assert.Equal(receipt, ReceiptId.Parse(receipt.ToString()));
        var pattern = PatternId.Of(PatternKind.Context, null, "", "x");
        Assert.Equal(pattern, PatternId.Parse(pattern.ToString()));
        Assert.False(PatternId.TryParse("p8000000000000000", out _)); // 63 bits
        Assert.False(EpisodeId.TryParse(null, out _));
        var error = Assert.Throws<ArgumentException>(() => EpisodeId.Parse(new string('x', 1000) + "\n"));
        Assert.InRange(error.Message.Length, 1, 250);
        Assert.Throws<ArgumentException>(() => ReceiptId.Parse(episode.ToString()));
        Assert.Throws<ArgumentException>(() => PatternId.Parse("p12"));
    }

    /// <summary>Outcome 0.7, clean calls 0.15, no repeats 0.15.</summary>
    [Theory]
    [InlineData(EpisodeStatus.Succeeded, null, "A B", 1.0)]
    [InlineData(EpisodeStatus.Succeeded, null, "", 1.0)]
    [InlineData(EpisodeStatus.Failed, 1.0, "A B", 0.3)]
    [InlineData(EpisodeStatus.Abstained, null, "", 0.3)]
    [InlineData(EpisodeStatus.Partial, 0.2, "A B", 0.44)]
    [InlineData(EpisodeStatus.Partial, null, "A B", 0.65)]
    [InlineData(EpisodeStatus.Succeeded, null, "A! B", 0.925)]
    [InlineData(EpisodeStatus.Succeeded, null, "A A", 0.925)]
    [InlineData(EpisodeStatus.Failed, null, "A! A! A! A!", 0.0375)]
    public void A_reward_is_the_sum_of_its_visible_parts(EpisodeStatus status, double? score, string tools, double expected)
    {
        var steps = tools.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => Step.ToolCall(t.TrimEnd('!'), isError: t.EndsWith('!'))).ToList();
        var reward = Reward.Of(new(status, null, score), [.. steps, Step.Message("user", "x"), Step.ToolCall("recall", isError: true) with { FromMemory = true }]);
        Assert.Equal(expected, reward.Value, 12);
        Assert.Equal(reward.Value, reward.Components.Sum(c => c.Value * c.Weight), 12);
        Assert.Equal(1, reward.Components.Sum(c => c.Weight), 12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_reflection_cites_only_steps_that_exist_and_never_the_memorys(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            var steps = Enumerable.Range(0, random.Next(30)).Select(i => Some(i, random)).ToList();
            var reflection = Reflection.On(new((EpisodeStatus)random.Next(1, 5), null, random.NextDouble()), steps);
            foreach (var note in reflection.Worked.Concat(reflection.Failed).Concat(reflection.Lessons))
            {
                Assert.NotEmpty(note.Steps);
                Assert.All(note.Steps, ordinal => Assert.True(steps[ordinal] is { Kind: StepKind.ToolCall, FromMemory: false }, $"seed {seed}: {note.Text}"));
            }

            Assert.InRange(reflection.Lessons.Count, 0, 5);
        }

        static Step Some(int ordinal, Random random) =>
            Step.ToolCall($"T{random.Next(4)}", $"{random.Next(3)}", isError: random.Next(3) == 0) with { Ordinal = ordinal, Kind = (StepKind)random.Next(2), FromMemory = random.Next(5) == 0 };
    }

    [Fact]
    public void What_followed_an_error_is_the_lesson()
    {
        Step[] steps = [Call(0, "SELECT", true), Call(1, "SHOW", false), Call(2, "SELECT", false)];
        var reflection = Reflection.On(Outcome.Success(), steps);
        var lesson = Assert.Single(reflection.Lessons);
        Assert.Equal("after 'boom' from SELECT, SHOW led to a call that worked", lesson.Text);
        Assert.Equal([0, 1, 2], lesson.Steps);
        Assert.Equal([1, 2], Assert.Single(reflection.Worked).Steps);

        static Step Call(int ordinal, string tool, bool error) => Step.ToolCall(tool, $"{ordinal}", isError: error) with { Ordinal = ordinal, ErrorClass = error ? "boom" : null };
    }

    /// <summary>The examples of R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 1998: method 3.</summary>
    [Theory]
    [InlineData(0, 0, 0, 1)]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(29, 29, 0.8830, 1)]
    public void Wilsons_interval_is_the_published_one(double successes, double trials, double lower, double upper)
    {
        Assert.Equal(lower, Wilson.Lower(successes, trials), 4);
        Assert.Equal(upper, Wilson.Upper(successes, trials), 4);
    }

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
