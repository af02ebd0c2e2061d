using System.Diagnostics;
using System.Globalization;
using Afterwit.Hosts.Tests.Cli;
using Afterwit.Hosts.Tests.Http;
using Afterwit.Tests.Shared;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace Afterwit.Hosts.Tests.Browser;

/// <summary>
/// The page while much happens, and over a large memory. The tests look for growth and for views that do not come; `bench/run-page` runs the same for longer and over more, and prints the numbers.
/// </summary>
[Collection(BrowserTests.Name)]
public sealed class LoadTests(Chromium chromium, ITestOutputHelper output) : IDisposable
{
    private static readonly int Seconds = Number("AFTERWIT_PAGE_SECONDS", 12);
    private static readonly int Episodes = Number("AFTERWIT_PAGE_EPISODES", 2_000);
    private static readonly int Samples = Math.Min(10, Seconds / 3);

    private readonly CliHome _home = new();
    private long _operations;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_page_keeps_up_with_a_busy_memory_and_grows_by_nothing()
    {
        using var process = await ServeAsync(Workday.Episodes(TimeProvider.System.GetUtcNow()));
        try
        {
            using var client = new HttpClient { BaseAddress = await AddressAsync(process) };
            await using var visit = await chromium.VisitAsync(client.BaseAddress);
            await visit.OpenAsync("live");
            await visit.Page.GetByText("live \u00b7").WaitForAsync();
            await visit.Page.EvaluateAsync("() => { window.updates = 0; new MutationObserver(() => window.updates++).observe(document.querySelector('.heading .badge'), { childList: true, characterData: true, subtree: true }); }");
            using var ended = new CancellationTokenSource();
            var load = Enumerable.Range(0, 4).Select(worker => LoadAsync(client, worker, ended.Token)).ToList();
            var nodes = new List<int>();
            output.WriteLine("| after | server, MB | page: heap, MB | nodes | listeners | updates | operations |\n|---|---|---|---|---|---|---|");
            var start = Stopwatch.StartNew();
            for (var sample = 1; sample <= Samples; sample++)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)Seconds / Samples), TimeProvider.System);
                var page = await MeasureAsync(visit.Page);
                nodes.Add(page.Nodes);
                var updates = await visit.Page.EvaluateAsync<int>("window.updates");
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {start.Elapsed.TotalSeconds:0} s | {Resident(process) / 1e6:0} | {page.Heap / 1e6:0.0} | {page.Nodes} | {page.Listeners} | {updates} | {_operations} |"));
            }

            await ended.CancelAsync();
            await Task.WhenAll(load);
            Assert.True(await visit.Page.EvaluateAsync<int>("window.updates") >= 2);
            // The tables of operations and errors have a row for each kind: all are there by the second half.
            Assert.InRange(nodes[^1], 1, nodes[nodes.Count / 2] * 1.2);
            await visit.IsWellAsync();
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Every_view_of_a_large_memory_comes()
    {
        using var process = await ServeAsync(Many());
        try
        {
            var address = await AddressAsync(process);
            await using var visit = await chromium.VisitAsync(address);
            using var client = new HttpClient { BaseAddress = address };
            var lesson = RunningServer.Parse(await client.GetStringAsync("/api/v1/patterns?limit=1")).GetProperty("patterns")[0].GetProperty("pattern_id").GetString();
            var id = EpisodeId.FromSource("many/0");
            output.WriteLine($"Over {Episodes} episodes:\n| view | first, ms | median of 5, ms |\n|---|---|---|");
            foreach (var view in (string[])["live", "search?q=lock+timeout+while+migrating+orders", "episodes", "episodes?status=failed", $"episode/{id}", $"graph/{id}", "lessons", $"lesson/{lesson}", "playbook?task=deploy+billing+to+production", "storage", "settings"])
            {
                var times = new List<double>();
                for (var i = 0; i < 5; i++)
                {
                    var start = Stopwatch.GetTimestamp();
                    await visit.OpenAsync(view);
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }

                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {view.Split('/', '?')[0]}{(view.Contains('?', StringComparison.Ordinal) ? ", asked for something" : "")} | {times[0]:0} | {times.Order().ElementAt(2):0} |"));
                await visit.IsWellAsync();
            }
        }
        finally
        {
            process.Kill();
        }
    }

    private static int Number(string name, int fallback) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var given) ? given : fallback;

    private static async Task<Uri> AddressAsync(Process process) => new((await process.StandardOutput.ReadLineAsync().SoonAsync())!);

    private static long Resident(Process process)
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    private static async Task<(double Heap, int Nodes, int Listeners)> MeasureAsync(IPage page)
    {
        var tools = await page.Context.NewCDPSessionAsync(page);
        await tools.SendAsync("Performance.enable");
        await tools.SendAsync("HeapProfiler.collectGarbage");
        var metrics = (await tools.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!, m => m.GetProperty("value").GetDouble());
        await tools.DetachAsync();
        return (metrics["JSHeapUsedSize"], (int)metrics["Nodes"], (int)metrics["JSEventListeners"]);
    }

    private static IEnumerable<Episode> Many()
    {
        var day = Workday.Episodes(TimeProvider.System.GetUtcNow()).ToList();
        for (var i = 0; i < Episodes; i++)
        {
            var like = day[i % day.Count];
            var at = like.StartedAt.AddMinutes(-i * 53L);
            yield return like with { Id = EpisodeId.FromSource($"many/{i}"), SourceId = $"many/{i}", Task = $"{like.Task}, change {i}", StartedAt = at, EndedAt = at.AddMinutes(3), Steps = [.. like.Steps.Select(s => s with { At = null })] };
        }
    }

    private async Task<Process> ServeAsync(IEnumerable<Episode> episodes)
    {
        await using (var memory = await AgentMemory.OpenAsync(_home.Database))
            await memory.ImportAsync(episodes);
        return _home.Start("dotnet", CliHome.ProgramFile, "serve", "--port", "0");
    }

    /// <summary>Fifty operations a second: most read, some look for something, some write.</summary>
    private async Task LoadAsync(HttpClient client, int worker, CancellationToken ended)
    {
        var pace = Stopwatch.StartNew();
        for (var i = 0; !ended.IsCancellationRequested; i++)
        {
            var request = (i % 10) switch
            {
                0 => client.PostAsync("/api/v1/recall", RunningServer.Json($$"""{"task":"deploy {{i % 7}} to production: health check failed","limit":5}"""), CancellationToken.None),
                1 => client.GetAsync($"/api/v1/episodes?limit=20&domain={(i % 20 == 1 ? "databases" : "deployment")}", CancellationToken.None),
                2 => RecordAsync(client, worker, i),
                _ => client.GetAsync($"/api/v1/episodes/{Workday.Id((i + worker) % 60)}", CancellationToken.None),
            };
            using var answer = await request;
            Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            Interlocked.Increment(ref _operations);
            var ahead = TimeSpan.FromMilliseconds(20 * (i + 1)) - pace.Elapsed;
            if (ahead > TimeSpan.Zero)
                await Task.Delay(ahead, TimeProvider.System, ended).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>An episode: begun, its steps, how it ended.</summary>
    private static async Task<HttpResponseMessage> RecordAsync(HttpClient client, int worker, int i)
    {
        using var begun = await client.PostAsync("/api/v1/episodes", RunningServer.Json($$$"""{"task":"Deploy service {{{i}}} of worker {{{worker}}}","context":{"domain":"deployment"}}"""));
        var id = RunningServer.Parse(await begun.Content.ReadAsStringAsync()).GetProperty("episode_id").GetString();
        using var logged = await client.PostAsync($"/api/v1/episodes/{id}/steps", RunningServer.Json("""{"steps":[{"tool":"build_image","observation":"built"},{"tool":"deploy","observation":"healthy"}]}"""));
        return await client.PostAsync($"/api/v1/episodes/{id}/complete", RunningServer.Json("""{"outcome":"success"}"""));
    }
}
