using System.Runtime.CompilerServices;
using Afterwit.Tests.Shared;

namespace Afterwit.LibSql.Tests;

/// <summary>The program in docs/libsql.md is the one below, line by line: it compiles, and it runs against a real server.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public async Task The_program_of_the_page_runs()
    {
        await using var server = await SqldServer.StartAsync();
        Assert.Equal(["1: write the page", "2: read it", "commits: 2"], await ProgramAsync(server.Url));
    }

    [Fact]
    public void The_page_shows_this_program_and_every_option() => Assert.Multiple(
        () => Assert.Equal(Between(File.ReadAllLines(Page), "```csharp", "```"), Between(File.ReadAllLines(Here()), "// <PAGE>", "// </PAGE>")),
        () => Assert.All(typeof(LibSqlOptions).GetProperties(), option => Assert.Contains($"| `{option.Name}` |", File.ReadAllText(Page))));

    private static string Page => Repository.Path("docs", "libsql.md");

    private static async Task<List<string>> ProgramAsync(string url)
    {
        var printed = new List<string>();
        // <PAGE>
        await using var client = new LibSqlClient(url, new() { Timeout = TimeSpan.FromSeconds(10) });
        await client.ExecuteScriptAsync("CREATE TABLE IF NOT EXISTS todo(id INTEGER PRIMARY KEY, text TEXT NOT NULL)");

        // One transaction, one round trip; twice is as good as once, so it may be sent again when its answer is lost.
        const string add = "INSERT INTO todo(id, text) VALUES (?1, ?2) ON CONFLICT(id) DO NOTHING";
        await client.WriteAsync([new(new(add, 1, "write the page")), new(new(add, 2, "read it"))], safeToRepeat: true);

        await using (var transaction = await client.BeginTransactionAsync())
        {
            var open = (await transaction.ExecuteAsync("SELECT count(*) FROM todo"))[0, 0].AsInt64();
            await transaction.ExecuteAsync(new("INSERT INTO todo(text) VALUES (?1)", $"number {open + 1}"));
        } // not committed: undone

        await foreach (var row in client.StreamAsync("SELECT id, text FROM todo ORDER BY id"))
            printed.Add($"{row["id"].AsInt64()}: {row["text"].AsString()}");
        await client.WriteAsync([new(Statement.Named("DELETE FROM todo WHERE id = :id", ("id", 1)), ExpectedRows: 1)]);
        printed.Add($"commits: {client.Statistics.Commits}");
        // </PAGE>
        return printed;
    }

    private static List<string> Between(string[] lines, string first, string last)
    {
        var start = Array.FindIndex(lines, line => line.Trim() == first) + 1;
        return [.. lines[start..Array.FindIndex(lines, start, line => line.Trim() == last)].Select(line => line.Trim())];
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
