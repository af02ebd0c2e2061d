using Afterwit.Cli.Demo;

namespace Afterwit.Hosts.Tests.Demo;

public sealed class ExperimentTests
{
    private const int Seeds = 3;
    private const int Tasks = 20;

    [Fact]
    public async Task A_memory_saves_errors_and_steps_and_solves_more()
    {
        var result = await new Experiment(Seeds, Tasks).RunAsync(null, CancellationToken.None);

        Assert.Equal(Seeds * Tasks, result.Without.Tasks);
        Assert.Equal(Seeds * Tasks, result.With.Tasks);
        Assert.True(result.With.Solved >= result.Without.Solved, $"{result.Without} / {result.With}");
        Assert.True(result.With.Errors < result.Without.Errors / 2, $"{result.Without} / {result.With}");
        Assert.True(result.With.Steps < result.Without.Steps * 0.9, $"{result.Without} / {result.With}");
    }

    [Fact]
    public async Task The_gain_vanishes_when_the_memory_is_told_but_not_asked()
    {
        var result = await new Experiment(Seeds, Tasks, recall: false).RunAsync(null, CancellationToken.None);

        Assert.Equal(result.Without, result.With);
        Assert.True(result.Without.Errors > 0);
        Assert.NotEmpty(result.Lessons);
    }

    [Fact]
    public async Task The_same_seeds_give_the_same_numbers()
    {
        var first = await new Experiment(2, 15).RunAsync(null, CancellationToken.None);
        var second = await new Experiment(2, 15).RunAsync(null, CancellationToken.None);

        Assert.Equal(first.Seeds, second.Seeds);
        Assert.NotEqual(first.Seeds[0] with { Seed = 0 }, first.Seeds[1] with { Seed = 0 });
        Assert.Equal(first.Lessons.Select(l => (l.Text, l.Numbers)), second.Lessons.Select(l => (l.Text, l.Numbers)));
    }

    [Fact]
    public async Task Every_lesson_has_its_numbers_and_its_evidence()
    {
        var result = await new Experiment(2, Tasks).RunAsync(null, CancellationToken.None);

        Assert.InRange(result.Lessons.Count, 3, 8);
        Assert.All(result.Lessons, lesson =>
        {
            Assert.True(lesson.Successes + lesson.Failures >= Pattern.ActiveSupport);
            Assert.Equal(Wilson.Lower(lesson.Successes, lesson.Successes + lesson.Failures), lesson.LowerBound, 9);
            Assert.NotEmpty(lesson.Evidence);
            Assert.All(lesson.Evidence, id => Assert.True(EpisodeId.TryParse(id, out _)));
        });
    }

    [Fact]
    public async Task A_kept_memory_holds_what_the_lessons_cite()
    {
        var file = Path.Combine(Path.GetTempPath(), $"afterwit-demo-{Guid.NewGuid():N}.db");
        try
        {
            var result = await new Experiment(1, 10, keep: file).RunAsync(null, CancellationToken.None);

            await using var memory = await AgentMemory.OpenAsync(file);
            Assert.Equal(20, (await memory.Store.GetStatisticsAsync(CancellationToken.None)).Episodes);
            foreach (var id in result.Lessons.SelectMany(l => l.Evidence))
                Assert.NotNull((await memory.GetAsync(EpisodeId.Parse(id))).Outcome);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
