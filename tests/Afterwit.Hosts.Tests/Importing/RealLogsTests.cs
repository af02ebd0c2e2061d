using System.Diagnostics;
using Afterwit.Cli.Importing;
using Xunit.Abstractions;

namespace Afterwit.Hosts.Tests.Importing;

/// <summary>Replays logs that nobody here wrote. They may not be kept in the repository: without the folder beside it there is nothing to replay.</summary>
public sealed class RealLogsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_labelled_episodes_are_read_without_a_problem()
    {
        if (Shared("eval/dev") is not { } folder)
            return;
        var files = Directory.GetFiles(folder, "episodes_*.jsonl.gz").Order(StringComparer.Ordinal).ToArray();
        var clock = Stopwatch.StartNew();
        int episodes = 0, steps = 0;
        await foreach (var record in new EpisodeReader(TimeProvider.System).ReadAsync(files, EpisodeReader.Auto, CancellationToken.None))
        {
            Assert.True(record.Episode is not null, record.Problem?.ToString() ?? record.Note);
            Assert.DoesNotContain("instruction", record.Episode.Metadata.Keys);
            episodes++;
            steps += record.Episode.Steps.Count;
        }

        output.WriteLine($"{episodes} episodes, {steps} steps, {episodes / clock.Elapsed.TotalSeconds:F0} episodes/s");
        Assert.Equal((4355, 34088), (episodes, steps));
    }

    [Fact]
    public async Task Each_sample_gives_an_episode()
    {
        if (Shared("samples") is not { } folder)
            return;
        foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
        {
            var read = new Imported();
            await foreach (var record in new EpisodeReader(TimeProvider.System).ReadAsync([file], EpisodeReader.Auto, CancellationToken.None))
                read.Add(record);
            output.WriteLine($"{Path.GetFileName(file)}: {read.Episodes.Count} episodes, {read.Episodes.Sum(episode => episode.Steps.Count)} steps, {read.Episodes.Sum(episode => episode.Steps.Count(step => step.IsError))} errors");
            foreach (var episode in read.Episodes)
                output.WriteLine($"  {episode.SourceId}  {episode.Status}  {(episode.Task.Length > 70 ? episode.Task[..70] : episode.Task).ReplaceLineEndings(" ")}");
            foreach (var problem in read.Problems)
                output.WriteLine($"  {problem}");
            Assert.NotEmpty(read.Episodes);
        }
    }

    private string? Shared(string below)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", below);
            if (Directory.Exists(candidate))
                return candidate;
        }

        output.WriteLine($"skipped: there is no folder shared/{below} beside the repository");
        return null;
    }
}
