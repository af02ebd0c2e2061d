using Afterwit.Cli.Importing;

namespace Afterwit.Hosts.Tests.Importing;

public sealed class EpisodeReaderTests : IDisposable
{
    private readonly ImportFixture _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Gzip_is_known_by_its_first_bytes_whatever_the_name()
    {
        var zipped = _files.Write("data.txt", ImportFixture.Zip(EpisodesFormatTests.Line("a")));
        var plain = _files.Write("data.gz", EpisodesFormatTests.Line("b"));

        var read = await ImportFixture.ReadAsync([zipped, plain]);

        Assert.Equal(["episodes/a", "episodes/b"], read.Episodes.Select(episode => episode.SourceId));
        Assert.Empty(read.Problems);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(60)]
    [InlineData(4000)]
    public async Task A_gzip_file_that_was_cut_off_gives_what_came_before_and_one_problem(int cut)
    {
        var lines = string.Join('\n', Enumerable.Range(0, 5000).Select(i => EpisodesFormatTests.Line($"{i}-{(i * 7919L * 104729) % 999983}")));
        var bytes = ImportFixture.Zip(lines);

        var read = await ImportFixture.ReadAsync([_files.Write("cut.jsonl.gz", bytes[..^cut])]);

        Assert.InRange(read.Episodes.Count, 1000, 5000);
        Assert.Contains("ends early", Assert.Single(read.Problems).Reason);
    }

    [Fact]
    public async Task A_gzip_file_of_a_few_bytes_is_a_problem_and_no_crash()
    {
        foreach (var length in Enumerable.Range(2, 20))
        {
            var path = _files.Write($"tiny{length}.gz", ImportFixture.Zip(EpisodesFormatTests.Line("a"))[..length]);
            Assert.Empty((await ImportFixture.ReadAsync([path])).Episodes);
        }
    }

    [Fact]
    public async Task An_empty_file_holds_nothing_and_is_no_problem()
    {
        var read = await _files.ImportAsync("");

        Assert.Empty(read.Episodes);
        Assert.Empty(read.Problems);
        Assert.Contains("is empty", Assert.Single(read.Notes));
    }

    [Fact]
    public async Task An_unknown_file_names_the_formats()
    {
        var bytes = new byte[5000];
        new Random(5).NextBytes(bytes);

        var read = await ImportFixture.ReadAsync([_files.Write("picture.png", bytes)]);

        Assert.Contains("expected one of episodes, claude-code, swe-agent, tau2, git", Assert.Single(read.Problems).Reason);
    }

    [Theory]
    [InlineData("episodes")]
    [InlineData("claude-code")]
    [InlineData("swe-agent")]
    [InlineData("tau2")]
    [InlineData("git")]
    public async Task Random_bytes_never_throw_in_a_format_that_is_forced(string format)
    {
        var random = new Random(11);
        for (var round = 0; round < 30; round++)
        {
            var bytes = new byte[random.Next(1, 3000)];
            random.NextBytes(bytes);
            // Bytes that look like JSON get further.
            if (round % 2 == 1)
                bytes = [.. bytes.Select(b => "{}[]\":,\\tnu1 \n"u8[b % 14])];
            var read = await ImportFixture.ReadAsync([_files.Write($"noise-{round}", bytes)], format);
            Assert.Empty(read.Episodes);
        }
    }

    [Fact]
    public async Task A_folder_is_read_in_the_order_of_names_and_unknown_files_in_it_are_a_note()
    {
        _files.Write("logs/b/1.jsonl", EpisodesFormatTests.Line("b1"));
        _files.Write("logs/a/2.jsonl", EpisodesFormatTests.Line("a2"));
        _files.Write("logs/c.jsonl", EpisodesFormatTests.Line("c"));
        _files.Write("logs/README", "nothing to see");

        var read = await ImportFixture.ReadAsync([Path.Combine(_files.Folder, "logs"), Path.Combine(_files.Folder, "logs", "c.jsonl")]);

        Assert.Equal(["episodes/a2", "episodes/b1", "episodes/c"], read.Episodes.Select(episode => episode.SourceId));
        Assert.Empty(read.Problems);
        Assert.Contains("1 files were passed over", Assert.Single(read.Notes));
    }

    [Fact]
    public async Task A_missing_path_is_a_problem_and_the_next_path_is_read()
    {
        var read = await ImportFixture.ReadAsync([Path.Combine(_files.Folder, "gone"), _files.Write("a.jsonl", EpisodesFormatTests.Line("a"))]);

        Assert.Single(read.Episodes);
        Assert.Equal("there is no such file or folder", Assert.Single(read.Problems).Reason);
    }

    [Fact]
    public async Task A_format_that_does_not_exist_is_a_mistake_of_the_caller()
    {
        var reader = new EpisodeReader(TimeProvider.System, ImportFixture.IsError);

        var error = await Assert.ThrowsAsync<ArgumentException>(async () => await reader.ReadAsync([], "xml", CancellationToken.None).FirstAsync());
        Assert.Contains("use one of auto, episodes", error.Message);
    }

    [Fact]
    public async Task Progress_rises_to_the_size_of_all_files()
    {
        var first = _files.Write("1.jsonl", string.Join('\n', Enumerable.Range(0, 3000).Select(i => EpisodesFormatTests.Line($"a{i}"))));
        var second = _files.Write("2.jsonl", ImportFixture.Zip(string.Join('\n', Enumerable.Range(0, 3000).Select(i => EpisodesFormatTests.Line($"b{i}")))));

        var read = await ImportFixture.ReadAsync([first, second]);

        Assert.Equal(new FileInfo(first).Length + new FileInfo(second).Length, read.Length);
        Assert.Equal(read.Read.Order(), read.Read);
        Assert.Equal(read.Length, read.Read[^1]);
        Assert.InRange(read.Read[1500], 1, new FileInfo(first).Length);
    }

    [Fact]
    public async Task Cancellation_stops_a_read()
    {
        var path = _files.Write("1.jsonl", string.Join('\n', Enumerable.Range(0, 20_000).Select(i => EpisodesFormatTests.Line($"a{i}"))));
        using var stop = new CancellationTokenSource();
        var reader = new EpisodeReader(TimeProvider.System, ImportFixture.IsError);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in reader.ReadAsync([path], "auto", stop.Token))
                await stop.CancelAsync();
        });
    }
}
