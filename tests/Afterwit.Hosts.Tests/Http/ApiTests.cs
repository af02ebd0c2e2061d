using System.Net;
using System.Text.Json;

namespace Afterwit.Hosts.Tests.Http;

/// <summary>The operations of /api/v1, as their description says.</summary>
public sealed class ApiTests
{
    private const string Unknown = "0198c1d2-5b1e-7f00-8000-0123456789ab";

    [Fact]
    public async Task Every_route_is_described_and_every_description_has_its_route()
    {
        await using var server = await RunningServer.StartAsync();
        var routes = server.Server.Routes.Where(r => r.Contains("/api/", StringComparison.Ordinal) || r.EndsWith('z') || r.Contains("/m", StringComparison.Ordinal));
        Assert.Equal(OpenApi.Operations.Order(StringComparer.Ordinal), routes.Order(StringComparer.Ordinal));
        Assert.Equal(OpenApi.Document.GetRawText(), (await server.GetAsync("/api/v1/openapi.json")).GetRawText());
    }

    [Fact]
    public async Task Every_answer_has_the_fields_of_its_schema()
    {
        await using var server = await RunningServer.StartAsync();
        var ids = new List<string>();
        foreach (var outcome in (string[])["success", "success", "success", "success", "failure"])
            ids.Add(await server.RecordAsync("rename the column of the table players", outcome));
        var (first, second) = (ids[0], ids[1]);

        await Posts("/episodes", "/episodes", """{"task":"another"}""");
        var open = (await server.GetAsync("/api/v1/episodes?status=running")).GetProperty("episodes")[0].GetProperty("episode_id").GetString()!;
        await Posts("/episodes/{id}/steps", $"/episodes/{open}/steps", """{"steps":[{"text":"hello","speaker":"user"}]}""");
        await Posts("/episodes/{id}/checkpoints", $"/episodes/{open}/checkpoints", """{"note":"half","state":"{}"}""");
        await Posts("/episodes/{id}/relationships", $"/episodes/{open}/relationships", $$$"""{"kind":"depends-on","to":"{{{first}}}","note":"why","weight":0.5,"metadata":{"a":"b"}}""");
        await Posts("/episodes/{id}/resume", $"/episodes/{open}/resume", "{}");
        await Gets("/episodes", "/episodes?limit=2&domain=sql&meta=k=v&tag=t");
        await Gets("/episodes/{id}", $"/episodes/{open}");
        await Gets("/episodes/{id}", $"/episodes/{first}");
        await Gets("/episodes/{id}/relationships", $"/episodes/{open}/relationships");
        Assert.Equal(2, (await Gets("/episodes/{id}/graph", $"/episodes/{open}/graph?direction=out&kinds=depends-on,parent")).GetProperty("nodes").GetArrayLength());
        Assert.Equal(1, (await Gets("/episodes/{id}/graph", $"/episodes/{open}/graph?to={first}")).GetProperty("edges").GetArrayLength());
        Assert.NotEqual(0, (await Gets("/episodes/{id}/lessons", $"/episodes/{first}/lessons")).GetProperty("lessons").GetArrayLength());
        await Posts("/episodes/{id}/complete", $"/episodes/{open}/complete", """{"outcome":"failure","summary":"no"}""");
        await Deletes("/episodes/{id}/relationships", $"/episodes/{open}/relationships?kind=depends-on&to={first}&confirm=true");

        var recalled = await Posts("/recall", "/recall", """{"task":"rename a column","types":["episode","pattern","playbook"],"include_failed":true,"limit":5}""");
        var hit = recalled.GetProperty("hits")[0].GetProperty("id").GetString();
        await Posts("/feedback", "/feedback", $$"""{"receipt_id":"{{recalled.GetProperty("receipt_id").GetString()}}","success":true,"used":["{{hit}}"]}""");
        Assert.Equal(0, (await Gets("/episodes/{id}/recalls", $"/episodes/{first}/recalls")).GetProperty("recalls").GetArrayLength());
        var asked = await Posts("/recall", "/recall", $$"""{"task":"rename a column","types":["episode","pattern","playbook"],"limit":5,"episode_id":"{{first}}"}""");
        await Posts("/feedback", "/feedback", $$"""{"receipt_id":"{{asked.GetProperty("receipt_id").GetString()}}","success":true,"used":["{{hit}}"]}""");
        var kept = (await Gets("/episodes/{id}/recalls", $"/episodes/{first}/recalls?limit=1")).GetProperty("recalls")[0];
        Assert.Equal(("rename a column", true), (kept.GetProperty("query").GetString(), kept.GetProperty("success").GetBoolean()));
        Assert.Equal(asked.GetProperty("hits").EnumerateArray().Select(h => h.GetProperty("id").GetString()), kept.GetProperty("hits").EnumerateArray().Select(h => h.GetProperty("id").GetString()));
        Assert.Equal(hit, Assert.Single(kept.GetProperty("hits").EnumerateArray(), h => h.GetProperty("used").GetBoolean()).GetProperty("id").GetString());
        Assert.Equal(["playbook"], kept.GetProperty("hits").EnumerateArray().Where(h => h.GetProperty("title").ValueKind == JsonValueKind.Null).Select(h => h.GetProperty("type").GetString()).Distinct());
        await server.ProblemAsync(HttpMethod.Get, $"/api/v1/episodes/{Unknown}/recalls", 404);
        Assert.NotEqual(0, (await Posts("/advise", "/advise", """{"tools":["list_tables","rename"],"error":"column not found","domain":"sql"}""")).GetProperty("next").GetArrayLength());
        Assert.Equal(JsonValueKind.Object, (await Posts("/playbook", "/playbook", """{"task":"rename the column"}""")).GetProperty("playbook").ValueKind);
        var pattern = (await Gets("/patterns", "/patterns?domain=sql&limit=3&kind=error-recovery")).GetProperty("patterns")[0].GetProperty("pattern_id").GetString();
        Assert.NotEqual(0, (await Gets("/patterns/{id}", $"/patterns/{pattern}")).GetProperty("evidence").GetArrayLength());
        Assert.Equal("retired", (await Posts("/patterns/{id}/retire", $"/patterns/{pattern}/retire", "{}")).GetProperty("state").GetString());
        Assert.Equal("active", (await Posts("/patterns/{id}/retire", $"/patterns/{pattern}/retire", """{"retired":false}""")).GetProperty("state").GetString());
        Assert.NotEqual(0, (await Gets("/insights", "/insights?domain=sql")).GetProperty("domains").GetArrayLength());
        Assert.Equal(6, (await Gets("/stats", "/stats")).GetProperty("episodes").GetInt32());
        Assert.Equal("ok", (await Gets("/doctor", "/doctor?thorough=true")).GetProperty("integrity").GetString());
        var quick = await Gets("/doctor", "/doctor?quick=true");
        Assert.Equal("not checked", quick.GetProperty("integrity").GetString());
        Assert.Equal(JsonValueKind.Null, quick.GetProperty("objects")[0].GetProperty("bytes").ValueKind);
        Assert.Equal(0, quick.GetProperty("plans").GetArrayLength());
        await server.ProblemAsync(HttpMethod.Get, "/api/v1/doctor?quick=true&thorough=true", 400);
        await Gets("/settings", "/settings");
        Assert.NotEqual(0, (await Gets("/metrics/live", "/metrics/live")).GetProperty("operations").GetArrayLength());
        await Deletes("/episodes/{id}", $"/episodes/{second}?confirm=true");
        Assert.Equal(5, (await server.GetAsync("/api/v1/stats")).GetProperty("episodes").GetInt32());

        async Task<JsonElement> Gets(string route, string path) => Checked("get", route, await server.GetAsync("/api/v1" + path));

        async Task<JsonElement> Posts(string route, string path, string body) => Checked("post", route, await server.PostAsync("/api/v1" + path, body));

        async Task Deletes(string route, string path)
        {
            using var answer = await server.Client.DeleteAsync("/api/v1" + path);
            Checked("delete", route, RunningServer.Parse(await answer.Content.ReadAsStringAsync()));
        }

        static JsonElement Checked(string method, string route, JsonElement answer)
        {
            OpenApi.AssertAnswer(method, "/api/v1" + route, answer);
            return answer;
        }
    }

    [Fact]
    public async Task Pages_hold_every_episode_once_although_others_come_and_go()
    {
        await using var server = await RunningServer.StartAsync();
        var expected = new List<string>();
        for (var i = 0; i < 25; i++)
            expected.Insert(0, (await server.Memory.StartAsync($"task {i}")).ToString());
        var listed = new List<string>();
        string? cursor = null;
        do
        {
            var page = await server.GetAsync($"/api/v1/episodes?limit=10{(cursor is null ? "" : $"&cursor={cursor}")}");
            listed.AddRange(page.GetProperty("episodes").EnumerateArray().Select(e => e.GetProperty("episode_id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
            await server.Memory.StartAsync("one that came later");
            if (listed.Count == 10)
                await server.Memory.ForgetAsync(EpisodeId.Parse(expected[3]));
        }
        while (cursor is not null);
        Assert.Equal(expected, listed);
    }

    [Fact]
    public async Task What_is_known_already_is_not_sent_again()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.RecordAsync("a task", "success");
        using var first = await server.Client.GetAsync($"/api/v1/episodes/{id}");
        var tag = first.Headers.ETag!;
        Assert.Equal(HttpStatusCode.NotModified, await Again());
        await server.PostAsync($"/api/v1/episodes/{id}/checkpoints", """{"note":"new"}""");
        Assert.Equal(HttpStatusCode.OK, await Again());

        async Task<HttpStatusCode> Again()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/episodes/{id}");
            request.Headers.IfNoneMatch.Add(tag);
            using var answer = await server.Client.SendAsync(request);
            Assert.Equal(answer.StatusCode == HttpStatusCode.NotModified, (await answer.Content.ReadAsByteArrayAsync()).Length == 0);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Steps_with_a_key_are_logged_once()
    {
        await using var server = await RunningServer.StartAsync();
        var id = (await server.PostAsync("/api/v1/episodes", """{"task":"t"}""")).GetProperty("episode_id").GetString();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/episodes/{id}/steps") { Content = RunningServer.Json("""{"steps":[{"text":"a"}]}""") };
            request.Headers.Add("Idempotency-Key", "one");
            using var answer = await server.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            Assert.Equal(0, RunningServer.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("first_ordinal").GetInt32());
        }

        Assert.Equal(1, (await server.GetAsync($"/api/v1/episodes/{id}")).GetProperty("steps").GetArrayLength());
    }

    [Fact]
    public async Task An_episode_is_begun_once_with_a_key_and_ended_once_with_an_outcome()
    {
        await using var server = await RunningServer.StartAsync();
        var id = (await StartAsync("tidy up", 201)).GetProperty("episode_id").GetString();
        Assert.Equal(id, (await StartAsync("tidy up", 201)).GetProperty("episode_id").GetString());
        const string end = """{"outcome":"partial","summary":"half, with password=hunter22secret","score":0.5}""";
        var ended = await server.PostAsync($"/api/v1/episodes/{id}/complete", end);
        Assert.Equal(ended.GetRawText(), (await server.PostAsync($"/api/v1/episodes/{id}/complete", end)).GetRawText());
        Assert.Equal(id, (await StartAsync("tidy up", 201)).GetProperty("episode_id").GetString());
        Assert.Contains(id!, (await StartAsync("something else", 409)).GetProperty("detail").GetString());
        Assert.Equal(1, (await server.GetAsync("/api/v1/stats")).GetProperty("episodes").GetInt32());

        async Task<JsonElement> StartAsync(string task, int status)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/episodes") { Content = RunningServer.Json($$"""{"task":"{{task}}"}""") };
            request.Headers.Add("Idempotency-Key", "one");
            using var answer = await server.Client.SendAsync(request);
            Assert.Equal(status, (int)answer.StatusCode);
            return RunningServer.Parse(await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Nothing_is_removed_without_a_confirmation()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.RecordAsync("a task", "success");
        Assert.Equal("confirm", (await server.ProblemAsync(HttpMethod.Delete, $"/api/v1/episodes/{id}", 400)).GetProperty("field").GetString());
        using (var preview = await server.Client.DeleteAsync($"/api/v1/episodes/{id}?dry_run=true"))
        {
            var shown = RunningServer.Parse(await preview.Content.ReadAsStringAsync());
            Assert.True(shown.GetProperty("dry_run").GetBoolean());
            Assert.Equal(4, shown.GetProperty("steps").GetInt32());
        }

        await server.GetAsync($"/api/v1/episodes/{id}");
        using var done = await server.Client.DeleteAsync($"/api/v1/episodes/{id}?confirm=true");
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        await server.ProblemAsync(HttpMethod.Get, $"/api/v1/episodes/{id}", 404);
    }

    [Theory]
    [InlineData("POST", "/episodes", 400, "task", "{}")]
    [InlineData("POST", "/episodes", 400, "task", """{"task":" "}""")]
    [InlineData("POST", "/episodes", 400, "tsak", """{"task":"t","tsak":"t"}""")]
    [InlineData("POST", "/episodes", 400, "scope.project", """{"task":"t","scope":{"project":7}}""")]
    [InlineData("POST", "/episodes", 400, "metadata", """{"task":"t","metadata":{"a":null}}""")]
    [InlineData("POST", "/episodes", 400, "tags", """{"task":"t","context":{"tags":[null]}}""")]
    [InlineData("POST", "/episodes?x=1", 400, "x", """{"task":"t"}""")]
    [InlineData("POST", "/episodes", 400, null, "{")]
    [InlineData("POST", "/episodes", 400, null, "null")]
    [InlineData("GET", "/episodes?status=done", 400, "status", null)]
    [InlineData("GET", "/episodes?limit=0", 400, "limit", null)]
    [InlineData("GET", "/episodes?since=soon", 400, "since", null)]
    [InlineData("GET", "/episodes?cursor=AAAA", 400, "cursor", null)]
    [InlineData("GET", "/episodes?stauts=running", 400, "stauts", null)]
    [InlineData("GET", "/episodes?meta=k", 400, "meta", null)]
    [InlineData("GET", "/episodes/7", 400, "id", null)]
    [InlineData("GET", "/episodes/" + Unknown, 404, null, null)]
    [InlineData("POST", "/episodes/" + Unknown + "/steps", 400, "steps", """{"steps":[]}""")]
    [InlineData("POST", "/episodes/" + Unknown + "/steps", 400, "steps", """{"steps":[{"text":"x"},null]}""")]
    [InlineData("POST", "/episodes/" + Unknown + "/steps", 400, "tool", """{"steps":[{"kind":"tool_call"}]}""")]
    [InlineData("POST", "/episodes/" + Unknown + "/steps", 404, null, """{"steps":[{"text":"x"}]}""")]
    [InlineData("POST", "/episodes/" + Unknown + "/complete", 400, "outcome", """{"outcome":"well"}""")]
    [InlineData("POST", "/episodes/" + Unknown + "/complete", 400, "score", """{"outcome":"success","score":2}""")]
    [InlineData("POST", "/episodes/" + Unknown + "/relationships", 400, "kind", """{"kind":"x","to":"y"}""")]
    [InlineData("POST", "/episodes/" + Unknown + "/relationships", 400, "metadata", """{"kind":"related","to":"0198c1d2-5b1e-7f00-8000-0123456789ac","metadata":{"a":null}}""")]
    [InlineData("POST", "/episodes/" + Unknown + "/resume?confirm=true", 400, "confirm", "{}")]
    [InlineData("GET", "/episodes/" + Unknown + "?x=1", 400, "x", null)]
    [InlineData("GET", "/episodes/" + Unknown + "/graph?hops=99", 400, "hops", null)]
    [InlineData("POST", "/recall", 400, "limit", """{"task":"t","limit":0}""")]
    [InlineData("POST", "/recall", 400, "task", """{"task":""}""")]
    [InlineData("POST", "/recall", 400, "types", """{"task":"t","types":["x"]}""")]
    [InlineData("POST", "/recall", 400, "types", """{"task":"t","types":[null]}""")]
    [InlineData("POST", "/recall", 400, "tags", """{"task":"t","context":{"tags":[null]}}""")]
    [InlineData("POST", "/advise", 400, "task", "{}")]
    [InlineData("POST", "/recall", 400, "episode_id", """{"task":"x","episode_id":"x"}""")]
    [InlineData("POST", "/advise", 400, "tools", """{"tools":[null]}""")]
    [InlineData("POST", "/advise", 400, "tags", """{"task":"t","tags":[null]}""")]
    [InlineData("POST", "/playbook", 400, "tags", """{"task":"t","context":{"tags":[null]}}""")]
    [InlineData("POST", "/feedback", 400, "receipt_id", """{"receipt_id":"x","success":true}""")]
    [InlineData("GET", "/patterns/p0", 400, "id", null)]
    [InlineData("GET", "/patterns/p0000000000000001", 404, null, null)]
    [InlineData("GET", "/stats?x=1", 400, "x", null)]
    [InlineData("GET", "/openapi.json?x=1", 400, "x", null)]
    [InlineData("POST", "/logout?x=1", 400, "x", null)]
    [InlineData("GET", "/nothing", 404, null, null)]
    [InlineData("PUT", "/stats", 405, null, null)]
    public async Task What_is_wrong_is_said_with_its_field(string method, string path, int status, string? field, string? body)
    {
        await using var server = await RunningServer.StartAsync();
        var problem = await server.ProblemAsync(new(method), "/api/v1" + path, status, body);
        Assert.Equal(field, problem.GetProperty("field").GetString());
        OpenApi.AssertIs("Problem", problem);
    }

    [Fact]
    public async Task What_the_memory_does_not_allow_is_a_conflict()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.RecordAsync("a task", "success");
        Assert.Contains("(succeeded)", await RefusalAsync($"{id}/complete", """{"outcome":"failure"}"""));
        Assert.Contains("(succeeded)", await RefusalAsync($"{id}/steps", """{"steps":[{"text":"late"}]}"""));
        Assert.Contains("'depends-on'", await RefusalAsync($"{id}/relationships", $$"""{"kind":"depends-on","to":"{{id}}"}"""));

        async Task<string> RefusalAsync(string path, string body)
        {
            var said = (await server.ProblemAsync(HttpMethod.Post, $"/api/v1/episodes/{path}", 409, body)).GetProperty("detail").GetString()!;
            Assert.DoesNotContain("`afterwit", said);
            return said;
        }
    }

    [Fact]
    public async Task What_is_not_there_is_said_without_commands_of_a_terminal()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.RecordAsync("a task", "success");
        string[] said =
        [
            await NotFoundAsync(HttpMethod.Get, $"episodes/{Unknown}"), await NotFoundAsync(HttpMethod.Delete, $"episodes/{Unknown}?confirm=true"),
            await NotFoundAsync(HttpMethod.Get, $"episodes/{Unknown}/graph"), await NotFoundAsync(HttpMethod.Post, $"episodes/{Unknown}/steps", """{"steps":[{"text":"x"}]}"""),
            await NotFoundAsync(HttpMethod.Post, $"episodes/{id}/relationships", $$"""{"kind":"related","to":"{{Unknown}}"}"""),
            await NotFoundAsync(HttpMethod.Post, "feedback", """{"receipt_id":"r0198c1d25b1e7f0080000123456789ab","success":true}"""),
        ];
        Assert.All(said, s => Assert.DoesNotContain("afterwit", s));

        async Task<string> NotFoundAsync(HttpMethod method, string path, string? body = null) => (await server.ProblemAsync(method, $"/api/v1/{path}", 404, body)).GetProperty("detail").GetString()!;
    }

    [Fact]
    public async Task What_is_got_can_be_asked_for_by_its_head()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await server.RecordAsync("a task", "success");
        foreach (var path in (string[])[$"/api/v1/episodes/{id}", $"/api/v1/episodes/{id}/graph", "/api/v1/stats", "/api/v1/openapi.json", "/healthz", "/readyz", "/metrics"])
        {
            using var answer = await server.Client.SendAsync(new(HttpMethod.Head, path));
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode}");
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }

        using var got = await server.Client.GetAsync($"/api/v1/episodes/{id}");
        using var head = await server.Client.SendAsync(new(HttpMethod.Head, $"/api/v1/episodes/{id}"));
        Assert.Equal((got.Headers.ETag, got.Content.Headers.ContentLength), (head.Headers.ETag, head.Content.Headers.ContentLength));
        using var stream = await server.Client.SendAsync(new(HttpMethod.Head, "/events"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, stream.StatusCode);
    }
}
