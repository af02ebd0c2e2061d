using System.Text;
using Afterwit.Cli.Importing;

namespace Afterwit.Hosts.Tests.Importing;

public sealed class EpisodesFormatTests : IDisposable
{
    private readonly ImportFixture _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_line_becomes_an_episode_with_its_steps_and_outcome()
    {
        var read = await _files.ImportAsync("""
            {"episode_id":"garden/7/anna#1","dataset":"garden","task_id":"garden/7","agent":"anna","trial":1,"task":"Water the ferns","instruction":"SECRET wish","env":"greenhouse","split":"mem","outcome":{"success":false,"reward":1.4},"steps":[
            """.Trim() + """{"type":"user","text":"Please water them"},{"type":"tool","tool":"pump","args":{"litres": 2, "name":"é\u0000"},"observation":"boom","error":false,"thought":"two should do","reward":0.5},{"type":"tool","tool":"look","args":"  as it is ","observation":"boom"}],"tools":["pump"]}""");

        var episode = Assert.Single(read.Episodes);
        Assert.Empty(read.Problems);
        Assert.Equal("episodes/garden/7/anna#1", episode.SourceId);
        Assert.Equal(EpisodeId.FromSource("episodes/garden/7/anna#1"), episode.Id);
        Assert.Equal("Water the ferns", episode.Task);
        Assert.Equal(("garden", "anna"), (episode.Context.Domain, episode.Scope.Agent));
        Assert.Equal(["env:greenhouse"], episode.Context.Tags);
        Assert.Equal(["split=mem", "task_id=garden/7", "trial=1"], episode.Metadata.Select(pair => $"{pair.Key}={pair.Value}").Order());
        Assert.Equal(new Outcome(EpisodeStatus.Failed, null, 1), episode.Outcome);
        Assert.Equal(ImportFixture.ImportTime, episode.StartedAt);
        Assert.Equal(Step.Message("user", "Please water them") with { Ordinal = 0 }, episode.Steps[0]);
        Assert.Equal(Step.ToolCall("pump", "{\"litres\":2,\"name\":\"é\\u0000\"}", "boom") with { Ordinal = 1, Text = "two should do" }, episode.Steps[1]);
        Assert.True(episode.Steps[2].IsError, "without a flag the text decides");
        Assert.Equal("  as it is ", episode.Steps[2].Arguments);
    }

    [Fact]
    public async Task Whatever_else_a_line_knows_is_kept()
    {
        var read = await _files.ImportAsync("""{"episode_id":"x","task":"t","project":"p","agent":"a","user":"u","run":"r","domain":"d","language":"l","framework":"f","complexity":"c","tags":["one","two"],"metadata":{"k":"v","n":3},"started_at":"2025-03-04T05:06:07.089Z","ended_at":"2025-03-04T05:07:00Z","outcome":{"status":"partial","summary":"half","score":0.4},"steps":[{"type":"tool","tool":"pump","at":"2025-03-04T05:06:08.001Z","latency_ms":12.5,"tokens":7}]}""");

        var episode = Assert.Single(read.Episodes);
        Assert.Equal(new Scope("p", "a", "u", "r"), episode.Scope);
        Assert.Equal(("d", "l", "f", "c"), (episode.Context.Domain, episode.Context.Language, episode.Context.Framework, episode.Context.Complexity));
        Assert.Equal(["one", "two"], episode.Context.Tags);
        Assert.Equal(["k=v", "n=3"], episode.Metadata.Select(pair => $"{pair.Key}={pair.Value}").Order());
        Assert.Equal(new Outcome(EpisodeStatus.Partial, "half", 0.4), episode.Outcome);
        Assert.Equal(DateTimeOffset.Parse("2025-03-04T05:06:07.089Z", System.Globalization.CultureInfo.InvariantCulture), episode.StartedAt);
        Assert.Equal(DateTimeOffset.Parse("2025-03-04T05:07:00Z", System.Globalization.CultureInfo.InvariantCulture), episode.EndedAt);
        Assert.Equal((TimeSpan.FromMilliseconds(12.5), 7, 1), (episode.Steps[0].Latency, episode.Steps[0].Tokens, episode.Steps[0].At!.Value.Millisecond));
        var broken = await _files.ImportAsync("""{"episode_id":"y","task":"t","outcome":{"status":"running"},"steps":[]}""");
        Assert.Contains("'outcome.status' is 'running'", Assert.Single(broken.Problems).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_line_is_reported_with_its_number_and_the_others_are_kept()
    {
        var bad = new (string Line, string Reason)[]
        {
            ("{\"episode_id\":", "not valid JSON"),
            ("[1,2]", "not a JSON object"),
            (Line("a").Replace("\"task\":\"t\"", "\"task\":\"\\ud800\""), "'task' is not valid Unicode"),
            (Line("b").Replace("\"task\":\"t\"", "\"task\":7"), "'task' is a number; expected a string"),
            (Line("c").Replace("\"task\":\"t\"", "\"task\":\" \""), "'task' is missing or empty"),
            (Line("d").Replace("\"steps\":[]", "\"steps\":[{\"type\":\"dance\"}]"), "unknown type 'dance'"),
            (Line("e").Replace("\"success\":true", "\"success\":\"yes\""), "'success' is a string; expected true or false"),
            (Line("f").Replace("\"steps\":[]", "\"steps\":" + new string('[', 400) + new string(']', 400)), "not valid JSON"),
        };
        var text = string.Concat(bad.Select((pair, i) => Line($"good-{i}") + "\n" + pair.Line + "\r\n")) + "\n  \n" + Line("last");

        var read = await _files.ImportAsync(text);

        Assert.Equal(bad.Length + 1, read.Episodes.Count);
        Assert.Equal(bad.Length, read.Problems.Count);
        Assert.All(bad.Zip(read.Problems).Index(), item =>
        {
            Assert.Contains(item.Item.First.Reason, item.Item.Second.Reason);
            Assert.Equal((item.Index * 2) + 2, item.Item.Second.Line);
        });
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_break_their_line_only()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Line("a") + "\n"), .. Encoding.Latin1.GetBytes(Line("bé") + "\n"), .. Encoding.UTF8.GetBytes(Line("cé"))];

        var read = await ImportFixture.ReadAsync([_files.Write("mixed.jsonl", bytes)]);

        Assert.Equal(["episodes/a", "episodes/cé"], read.Episodes.Select(episode => episode.SourceId));
        Assert.Equal("not valid UTF-8", Assert.Single(read.Problems).Reason);
    }

    [Fact]
    public async Task A_byte_order_mark_and_Windows_line_ends_are_no_content()
    {
        var read = await _files.ImportAsync("\uFEFF" + Line("a") + "\r\n" + Line("b") + "\r\n");

        Assert.Equal(2, read.Episodes.Count);
        Assert.Empty(read.Problems);
    }

    [Fact]
    public async Task A_line_over_the_limit_is_reported_and_never_held()
    {
        var path = _files.Write("long.jsonl", Line("a") + "\n" + Line(new string('x', 300_000)) + "\n" + Line("b"));

        var read = await ImportFixture.ReadAsync(new EpisodesFormat(ImportFixture.IsError, lineLimit: 100_000), path);

        Assert.Equal(2, read.Episodes.Count);
        var problem = Assert.Single(read.Problems);
        Assert.Equal((2, "the line is longer than 100000 bytes"), (problem.Line, problem.Reason));
    }

    [Fact]
    public async Task A_line_much_longer_than_the_buffer_is_whole()
    {
        var read = await _files.ImportAsync(Line("a").Replace("\"task\":\"t\"", $"\"task\":\"{new string('w', 3_000_000)}\"") + "\n" + Line("b"));

        Assert.Equal([3_000_000, 1], read.Episodes.Select(episode => episode.Task.Length));
    }

    [Fact]
    public async Task An_episode_that_comes_twice_is_kept_once_and_reported()
    {
        var read = await _files.ImportAsync(Line("a") + "\n" + Line("a") + "\n" + Line("b"));

        Assert.Equal(["episodes/a", "episodes/b"], read.Episodes.Select(episode => episode.SourceId));
        Assert.Contains("'episodes/a' was read already", Assert.Single(read.Problems).Reason);
    }

    internal static string Line(string id) => $$"""{"episode_id":"{{id}}","dataset":"d","task":"t","agent":"g","steps":[],"outcome":{"success":true,"reward":1} }""";
}
