using System.Globalization;
using System.Text.Json;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Cli;

/// <summary>The commands against a real server.</summary>
public sealed class ServerTests : IDisposable
{
    private const string Error = "ERROR 1054: Unknown column 'x' in 'field list'";
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("http")]
    [InlineData("ws")]
    public async Task What_was_imported_is_recalled_and_advised_as_from_a_file(string scheme)
    {
        await using var database = await SharedSqld.NewDatabaseAsync();
        var runs = Path.Combine(_home.Folder, "runs.jsonl");
        await File.WriteAllLinesAsync(runs, Enumerable.Range(0, 12).Select(Run));
        string[][] questions =
        [
            ["episode", "list"], ["episode", "list", "--domain", "sql", "--status", "failed"], ["recall", "count the users", "--explain", "--types", "episode,step,pattern,playbook"],
            ["advise", "--task", "count users", "--tools", "SELECT", "--error", Error], ["playbook", "count the users"], ["insights"], ["pattern", "list"],
        ];
        var answers = new List<string[]>();
        foreach (var where in (string[])[_home.Database, scheme == "ws" ? database.WsUrl : database.Url])
        {
            (_home["AFTERWIT_DB"], _home["AFTERWIT_SERVER__TENANT"]) = (where, database.Namespace);
            Assert.Equal(12, (await _home.JsonAsync("import", runs)).GetProperty("stored").GetInt32());
            Assert.Equal(12, (await _home.JsonAsync("import", runs)).GetProperty("unchanged").GetInt32());
            answers.Add(await Task.WhenAll(questions.Select(async question => Comparable(await _home.JsonAsync(question)))));
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.Contains("describe", answers[1][3], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_episode_lives_its_whole_life_on_a_server()
    {
        await using var database = await SharedSqld.NewDatabaseAsync();
        (_home["AFTERWIT_DB"], _home["AFTERWIT_SERVER__TENANT"]) = (database.WsUrl, database.Namespace);
        async Task<string> StartAsync(string task) => (await _home.JsonAsync("episode", "start", task, "--domain", "sql")).GetProperty("episode_id").GetString()!;
        var (first, second) = (await StartAsync("Count the active users"), await StartAsync("Count the orders"));
        Assert.Equal(1, (await _home.JsonAsync("episode", "log", first, "--tool", "SELECT", "--args", "SELECT x", "--observation", Error, "--error")).GetProperty("steps").GetInt32());
        await _home.JsonAsync("episode", "checkpoint", first, "--note", "half way");
        Assert.Equal("running", (await _home.JsonAsync("episode", "resume", first)).GetProperty("episode").GetProperty("status").GetString());
        await _home.JsonAsync("episode", "complete", first, "--outcome", "success", "--summary", "12 users");
        await _home.JsonAsync("episode", "fail", second, "--reason", "no such table");
        await _home.JsonAsync("episode", "relate", second, "follows", first);
        (await _home.RunAsync("episode", "log", first, "--message", "late")).Failed(1, "ended");
        var shown = await _home.JsonAsync("episode", "show", first);
        Assert.Equal(("succeeded", 1, 1), (shown.GetProperty("status").GetString(), shown.GetProperty("checkpoints").GetArrayLength(), shown.GetProperty("relationships").GetArrayLength()));

        var receipt = (await _home.JsonAsync("recall", "active users")).GetProperty("receipt_id").GetString()!;
        Assert.True((await _home.JsonAsync("feedback", receipt, "--used", first, "--outcome", "success")).GetProperty("success").GetBoolean());
        var stats = await _home.JsonAsync("stats");
        Assert.Equal((database.WsUrl, "libSQL server, SQLite 3.45.1"), (stats.GetProperty("database").GetString(), stats.GetProperty("engine").GetString()));
        Assert.Equal((2, 1), (stats.GetProperty("episodes").GetInt32(), stats.GetProperty("feedback").GetInt32()));
        var server = stats.GetProperty("server");
        Assert.Equal(database.Namespace, server.GetProperty("tenant").GetString());
        Assert.All((string[])["sockets_opened", "streams_opened", "round_trips", "bytes_sent", "bytes_received", "pool_size"], name => Assert.True(server.GetProperty(name).GetInt64() > 0, name));
        Assert.Contains("round trip", (await _home.RunAsync("stats")).Succeeded().Output);

        await _home.JsonAsync("episode", "forget", first, "--yes");
        (await _home.RunAsync("episode", "show", first)).Failed(3, first);
    }

    [Fact]
    public async Task The_demo_on_a_server_gives_what_it_gives_on_a_file_and_leaves_nothing()
    {
        await using var server = await SqldServer.StartAsync();
        var onFile = await _home.JsonAsync("demo", "--seeds", "2", "--tasks", "6");
        _home["AFTERWIT_DB"] = server.Url;
        await _home.JsonAsync("episode", "start", "Count the orders of all customers");
        var onServer = await _home.JsonAsync("demo", "--seeds", "2", "--tasks", "6");
        Assert.All((string[])["learning", "without", "with", "per_seed"], arm => Assert.Equal(onFile.GetProperty(arm).GetRawText(), onServer.GetProperty(arm).GetRawText()));
        Assert.Equal(onFile.GetProperty("lessons").EnumerateArray().Select(l => l.GetProperty("text").GetString()), onServer.GetProperty("lessons").EnumerateArray().Select(l => l.GetProperty("text").GetString()));
        var stats = await _home.JsonAsync("stats");
        Assert.Equal((1, 0, 0), (stats.GetProperty("episodes").GetInt32(), stats.GetProperty("patterns").GetInt32(), stats.GetProperty("receipts").GetInt32()));
        (await _home.RunAsync("demo", "--keep", "kept.db")).Failed(2, "--keep");
    }

    [Fact]
    public async Task Tenants_are_created_and_dropped_and_the_demo_has_its_own()
    {
        await using var server = await SqldServer.StartAsync(new() { Namespaces = true, Arguments = ["--admin-auth-key", "sesame"] });
        _home["AFTERWIT_DB"] = server.WsUrl;
        (await _home.RunAsync("tenant", "create", "acme")).Failed(2, "Server:AdminUrl is not set");
        _home["AFTERWIT_SERVER__ADMINURL"] = server.AdminUrl;
        (await _home.RunAsync("tenant", "create", "acme")).Failed(4, "refused the token");
        _home["AFTERWIT_SERVER__ADMINTOKEN"] = "sesame";
        Assert.Equal("acme", (await _home.JsonAsync("tenant", "create", "acme")).GetProperty("tenant").GetString());
        (await _home.RunAsync("tenant", "create", "acme")).Failed(1, "already");
        await _home.JsonAsync("tenant", "create", "other");
        await _home.JsonAsync("episode", "start", "only acme's", "--server-tenant", "acme");
        Assert.Equal(1, (await _home.JsonAsync("stats", "--server-tenant", "acme")).GetProperty("episodes").GetInt32());
        Assert.Equal(0, (await _home.JsonAsync("stats", "--server-tenant", "other")).GetProperty("episodes").GetInt32());

        (await _home.RunAsync("tenant", "drop", "acme")).Failed(2, "add --yes");
        await _home.JsonAsync("tenant", "drop", "acme", "--yes");
        (await _home.RunAsync("tenant", "drop", "acme", "--yes")).Failed(3, "'acme'");
        (await _home.RunAsync("stats", "--server-tenant", "acme")).Failed(4, "tenant 'acme'");
        Assert.Equal(6, (await _home.JsonAsync("demo", "--seeds", "1", "--tasks", "6")).GetProperty("with").GetProperty("tasks").GetInt32());
        Assert.Equal(["other"], Directory.GetDirectories(Path.Combine(server.Folder, "data", "dbs")).Select(Path.GetFileName).Where(d => d is not "default"));
    }

    [Fact]
    public async Task A_token_is_asked_for_taken_from_the_shared_variables_and_never_printed()
    {
        using var jwt = await Jwt.CreateAsync();
        using var stranger = await Jwt.CreateAsync();
        await using var server = await SqldServer.StartAsync(new() { JwtKeyFile = jwt.KeyFile });
        (string right, string wrong) = (await jwt.TokenAsync(), await stranger.TokenAsync());
        foreach (var url in (string[])[server.Url, server.WsUrl])
        {
            (_home["AFTERWIT_DB"], _home["LIBSQL_AUTH_TOKEN"]) = (url, null);
            (await _home.RunAsync("stats")).Failed(4, url);
            Assert.DoesNotContain(wrong, (await _home.RunAsync("stats", "--server-auth-token", wrong)).Failed(4, "refused the token").Error);
            Assert.DoesNotContain(wrong, (await _home.RunAsync("stats", "--db", $"{url}?authToken={wrong}")).Failed(4, "refused the token").Error);
            _home["LIBSQL_AUTH_TOKEN"] = right;
            Assert.Equal(0, (await _home.JsonAsync("stats")).GetProperty("episodes").GetInt32());
        }

        foreach (var json in (string[][])[[], ["--json"]])
        {
            var shown = (await _home.RunAsync(["config", "show", "--server-admin-token", "sesame", "--db", $"{server.Url}?authToken={wrong}", .. json])).Succeeded().Output;
            Assert.DoesNotContain(right, shown);
            Assert.DoesNotContain(wrong, shown);
            Assert.DoesNotContain("sesame", shown);
            Assert.Contains("(set)", shown);
        }
    }

    [Theory]
    [InlineData("http://")]
    [InlineData("ws://")]
    public async Task A_server_that_is_not_there_is_one_line_at_once(string scheme)
    {
        var url = $"127.0.0.1:{Ports.Free().ToString(CultureInfo.InvariantCulture)}";
        // Longer than a run of the program may take here: it does not wait for that.
        (_home["AFTERWIT_SERVER__TIMEOUT"], _home["AFTERWIT_SERVER__CONNECTTIMEOUT"]) = ("01:00:00", "00:05:00");
        var result = (await _home.RunAsync("stats", "--db", $"{scheme}user:hunter2@{url}?authToken=sesame")).Failed(4, $"{scheme}{url}");
        Assert.Contains("cannot be reached", result.Error);
        Assert.DoesNotContain("hunter2", result.Error);
        Assert.DoesNotContain("sesame", result.Error);
    }

    /// <summary>Of a recall only what was found, in its order: the score tells how long ago, and each recall has a receipt of its own.</summary>
    private static string Comparable(JsonElement answer) =>
        answer.TryGetProperty("hits", out var hits) ? string.Join('\n', hits.EnumerateArray().Select(h => $"{h.GetProperty("id")} {h.GetProperty("title")}")) : answer.GetRawText();

    private static string Run(int number) => JsonSerializer.Serialize(new
    {
        episode_id = $"run-{number.ToString(CultureInfo.InvariantCulture)}",
        task = $"Count the users of shop {number.ToString(CultureInfo.InvariantCulture)}",
        domain = "sql",
        started_at = Samples.Start.AddMinutes(number),
        ended_at = Samples.Start.AddMinutes(number + 1),
        steps = new[]
        {
            new { type = "tool", tool = "SELECT", args = "SELECT x", observation = Error, error = true },
            new { type = "tool", tool = number % 3 == 0 ? "SELECT" : "DESCRIBE", args = "users", observation = "id", error = false },
        },
        outcome = new { success = number % 3 != 0 },
    });
}
