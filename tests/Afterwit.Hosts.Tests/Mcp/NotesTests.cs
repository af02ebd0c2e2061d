using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;
using Xunit.Abstractions;

namespace Afterwit.Hosts.Tests.Mcp;

/// <summary>Notes are found again by words scattered over them, wherever they stand.</summary>
public sealed class NotesTests(ITestOutputHelper output) : IDisposable
{
    private const int Documents = 300;
    private const int Queries = 120;

    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_document_is_among_the_first_ten_for_a_few_of_its_words()
    {
        var random = new Random(5);
        var words = Enumerable.Range(0, 3000).Select(_ => Word(random)).Distinct(StringComparer.Ordinal).ToArray();
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        var (texts, ids) = (new List<string[]>(), new List<string>());
        for (var i = 0; i < Documents; i++)
        {
            // Words as in a language: few of them make most of a text.
            var text = Enumerable.Range(0, 70 + random.Next(60)).Select(_ => words[(int)(words.Length * Math.Pow(random.NextDouble(), 2.5))]).ToArray();
            texts.Add(text);
            ids.Add((await server.CallAsync("remember", new() { ["text"] = string.Join(' ', text) })).GetProperty("episode_id").GetString()!);
        }

        var found = 0;
        for (var q = 0; q < Queries; q++)
        {
            var document = random.Next(Documents);
            var count = 2 + random.Next(3);
            var first = random.Next(texts[document].Length - count);
            var query = q % 2 == 0 ? texts[document].Skip(first).Take(count) : Enumerable.Range(0, count).Select(_ => texts[document][random.Next(texts[document].Length)]);
            var answer = await RecallAsync(server, string.Join(' ', query));
            found += answer.GetProperty("hits").EnumerateArray().Any(h => h.GetProperty("id").GetString()!.StartsWith(ids[document], StringComparison.Ordinal)) ? 1 : 0;
        }

        output.WriteLine($"{found} of {Queries} found");
        Assert.True(found >= Queries * 0.9, $"{found} of {Queries} found");
    }

    [Fact]
    public async Task Notes_change_no_lesson_and_no_advice()
    {
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        await server.CallAsync("remember", new() { ["text"] = "The deploy of services is done by night." });
        var list = await _home.JsonAsync("pattern", "list", "--min-support", "1");
        Assert.Equal(0, list.GetProperty("patterns").GetArrayLength());
        Assert.Equal(1, (await server.CallAsync("recall", new() { ["query"] = "deploy services" })).GetProperty("hits").GetArrayLength());
    }

    [Fact]
    public async Task A_long_document_is_found_by_its_end_and_given_back_as_it_was()
    {
        var text = string.Concat(Enumerable.Range(0, 2000).Select(i => $"Line {i} of the log says nothing.\n")) + "At the very end a marmalade zeppelin appears. 👩‍👩‍👧";
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        var id = (await server.CallAsync("remember", new() { ["text"] = text, ["title"] = "The log" })).GetProperty("episode_id").GetString()!;
        Assert.StartsWith(id, (await server.CallAsync("recall", new() { ["query"] = "marmalade zeppelin" })).GetProperty("hits")[0].GetProperty("id").GetString());
        var steps = (await _home.JsonAsync("episode", "show", id)).GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("text").GetString());
        Assert.Equal(text, string.Concat(steps));
    }

    [Theory]
    [InlineData("\"\\")]
    [InlineData("月👩‍👩‍👧")]
    [InlineData("\u0001\u2028<&>")]
    public async Task No_answer_is_long_whatever_the_notes_are_made_of(string costly)
    {
        await using var server = new McpProcess(_home);
        await server.InitializeAsync();
        for (var i = 0; i < 12; i++)
            await server.CallAsync("remember", new() { ["text"] = $"zeppelin {i} {string.Concat(Enumerable.Repeat(costly, 400))}" });
        Assert.NotEmpty((await RecallAsync(server, "zeppelin")).GetProperty("hits").EnumerateArray());
    }

    private static async Task<JsonElement> RecallAsync(McpProcess server, string query)
    {
        var answer = await server.AskAsync("tools/call", new() { ["name"] = "recall", ["arguments"] = new JsonObject { ["query"] = query } });
        var bytes = Encoding.UTF8.GetByteCount(answer.GetRawText());
        Assert.True(bytes <= 10_240, $"recall answers {bytes} bytes");
        return answer.GetProperty("result").GetProperty("structuredContent");
    }

    private static string Word(Random random)
    {
        var length = 2 + random.Next(3);
        return string.Concat(Enumerable.Range(0, length).Select(_ => $"{"bcdfghklmnprstvz"[random.Next(16)]}{"aeiou"[random.Next(5)]}"));
    }
}
