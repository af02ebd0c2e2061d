using Microsoft.Playwright;

namespace Afterwit.Hosts.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class LooksTests(Chromium chromium)
{
    /// <summary>Each text against the nearest background below it, as WCAG 2 computes it: 3 for large text, 4.5 for all other. Gives what falls short.</summary>
    private const string Contrast = """
        () => {
          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
          const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const below = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
          const short = [];
          for (const e of document.querySelectorAll('body *')) {
            if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '') || e.closest('.unseen, .skip, noscript, svg, option')) continue;
            const style = getComputedStyle(e);
            const [a, b] = [light(rgba(style.color)), light(below(e))].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05);
            const size = parseFloat(style.fontSize);
            if (ratio < (size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5)) short.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)} "${e.textContent.trim().slice(0, 40)}"`);
          }
          return [...new Set(short)].slice(0, 20);
        }
        """;

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Every_text_can_be_read_against_what_is_behind_it(ColorScheme scheme)
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await Workday.RecallAsync(site.Memory);
        await using var visit = await chromium.VisitAsync(site, scheme: scheme);
        foreach (var view in (string[])["live", "search?q=lock+timeout", "episodes", $"episode/{Workday.Id(0)}", "lessons", "playbook?task=deploy+billing", "storage", "settings"])
        {
            await visit.OpenAsync(view);
            Assert.Empty(await visit.Page.EvaluateAsync<string[]>(Contrast));
        }
    }

    [Fact]
    public async Task A_chosen_theme_goes_before_that_of_the_system_and_stays()
    {
        await using var site = await Site.StartAsync([]);
        await using var visit = await chromium.VisitAsync(site);
        await visit.OpenAsync("live");
        var light = await BackgroundAsync();
        await visit.Page.GetByLabel("Theme").SelectOptionAsync("dark");
        Assert.NotEqual(light, await BackgroundAsync());
        await visit.OpenAsync("settings");
        Assert.NotEqual(light, await BackgroundAsync());
        await visit.IsWellAsync();

        Task<string> BackgroundAsync() => visit.Page.EvaluateAsync<string>("getComputedStyle(document.documentElement).backgroundColor");
    }

    /// <summary>The pictures of the documentation, when a folder for them is named.</summary>
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Pictures(ColorScheme scheme)
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await Workday.RelateAsync(site.Memory);
        await Workday.RecallAsync(site.Memory);
        await using var visit = await chromium.VisitAsync(site, 1280, 960, scheme);
        var folder = Environment.GetEnvironmentVariable("AFTERWIT_SCREENSHOTS");
        using var work = new Work(folder is null ? null : site.Memory);
        await visit.OpenAsync("live");
        await visit.Page.GetByText("all well").WaitForAsync();
        if (folder is not null)
            await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System); // the charts have something to show
        foreach (var (name, view) in new[]
        {
            ("live", "live"), ("memory", "search?q=migration+hangs+with+a+lock+timeout"), ("episode", $"episode/{Workday.Id(0)}"), ("episodes", "episodes"), ("lessons", "lessons"),
            ("graph", $"graph/{Workday.Id(2)}?hops=3"), ("playbook", "playbook?task=deploy+billing+to+production"), ("storage", "storage"), ("settings", "settings"),
        })
        {
            if (view != "live")
                await visit.OpenAsync(view);
            await visit.IsWellAsync();
            var picture = await visit.Page.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled });
            Assert.InRange(picture.Length, 1, 250_000);
            if (folder is not null)
                await File.WriteAllBytesAsync(Path.Combine(Directory.CreateDirectory(folder).FullName, $"{name}-{(scheme == ColorScheme.Dark ? "dark" : "light")}.png"), picture);
        }
    }

    /// <summary>Agents at work, so that the overview has something to show.</summary>
    private sealed class Work : IDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _done = Task.CompletedTask;

        public Work(AgentMemory? memory)
        {
            if (memory is not null)
                _done = Task.WhenAll(Enumerable.Range(0, 3).Select(agent => Task.Run(() => RunAsync(memory, agent))));
        }

        public void Dispose()
        {
            _end.Cancel();
            _done.Wait();
            _end.Dispose();
        }

        private async Task RunAsync(AgentMemory memory, int agent)
        {
            for (var n = agent; !_end.IsCancellationRequested; n++)
            {
                await memory.GetAsync(Workday.Id(n % 60));
                if (n % 25 == agent)
                    await memory.RecallAsync(new() { Text = $"deploy service {n % 400} to production" });
                if (n % 5 == 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(4 + n / 100 % 9), TimeProvider.System);
            }
        }
    }
}
