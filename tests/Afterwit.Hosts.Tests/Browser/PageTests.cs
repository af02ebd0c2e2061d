using Afterwit.Tests.Shared;
using Microsoft.Playwright;

namespace Afterwit.Hosts.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class PageTests(Chromium chromium)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 15, 0, 0, TimeSpan.Zero);

    /// <summary>Views, with what stands there when the memory is empty and when it is full.</summary>
    private static readonly (string View, string Empty, string Full)[] Views =
    [
        ("live", "afterwit mcp install claude-code", "what agents did"),
        ("search?q=lock+timeout+in+a+migration", "Nothing was found", "words of the task"),
        ("episodes", "afterwit import", "Deploy"),
        ("lessons", "afterwit demo", "the base rate"),
        ("playbook?task=deploy+billing+to+production", "No playbook for that", "In"),
        ("storage", "statements find their rows by an index", "nothing is left unpacked"),
        ("settings", "Storage:Cache:MaxBytes", "Storage:Cache:MaxBytes"),
    ];

    [Fact]
    public async Task Every_view_of_an_empty_memory_says_what_to_do()
    {
        await using var site = await Site.StartAsync([]);
        await using var visit = await chromium.VisitAsync(site);
        foreach (var (view, empty, _) in Views)
        {
            await visit.OpenAsync(view);
            await visit.Page.GetByText(empty).First.WaitForAsync();
            await visit.IsWellAsync();
        }
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task Every_view_of_a_full_memory_shows_it_and_fits_the_screen(int width)
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await Workday.RelateAsync(site.Memory);
        await Workday.RecallAsync(site.Memory);
        await using var visit = await chromium.VisitAsync(site, width, 740);
        foreach (var (view, _, full) in Views)
        {
            await visit.OpenAsync(view);
            await visit.Page.GetByText(full).First.WaitForAsync();
            await visit.IsWellAsync();
        }

        var lesson = (await site.Memory.Store.ListPatternsAsync(new(), CancellationToken.None))[0];
        foreach (var (view, text) in new[] { ($"episode/{Workday.Id(0)}", "the task was done"), ($"episode/{Workday.Id(2)}", "What it taught"), ($"graph/{Workday.Id(2)}", "depends on"), ($"lesson/{lesson.Id}", "with 95 % confidence") })
        {
            await visit.OpenAsync(view);
            await visit.Page.GetByText(text).First.WaitForAsync();
            await visit.IsWellAsync();
        }
    }

    [Theory]
    [InlineData("find_blockers", "good")]
    [InlineData("migrate", "bad")]
    [InlineData("read_log", "")]
    public async Task A_lesson_shows_its_uplift_in_colour_only_when_the_sign_is_sure(string action, string colour)
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await using var visit = await chromium.VisitAsync(site, 360, 740);
        var lesson = (await site.Memory.Store.ListPatternsAsync(new() { Kind = PatternKind.ErrorRecovery, MinSupport = 1, Limit = 1000 }, CancellationToken.None)).First(p => p.Action == action && p.Condition == "");
        var asked = new List<string>();
        visit.Page.Request += (_, request) => asked.Add(request.Url);
        await visit.OpenAsync($"lesson/{lesson.Id}");
        var badge = visit.Page.Locator("[title*='went on otherwise after an error'] .badge");
        Assert.Matches(@"^[+\u2212]\d+ points, \u2212?\d+ to \u2212?\d+$", await badge.TextContentAsync());
        Assert.Equal($"badge {colour}".Trim(), (await badge.GetAttributeAsync("class"))!.Trim());
        Assert.DoesNotContain(asked, url => url.Contains("insights", StringComparison.Ordinal));
        await visit.OpenAsync("lessons");
        Assert.NotEqual(0, await visit.Page.Locator(".lessons .badge.good").CountAsync());
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task An_episode_shows_what_was_recalled_for_it_or_how_to_have_it_kept()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await Workday.RecallAsync(site.Memory);
        await using var visit = await chromium.VisitAsync(site);
        await visit.OpenAsync($"episode/{Workday.Id(0)}");
        var card = visit.Page.Locator("section.card", new() { HasText = "What was recalled for it" });
        Assert.Equal(["a lock timeout in a migration", "deploy billing to production"], (await card.Locator("summary strong").AllTextContentsAsync()).Order());
        await card.GetByText("the task was done").WaitForAsync();
        Assert.Equal(1, await card.GetByText("used", new() { Exact = true }).CountAsync());
        await card.GetByText("words of the task").First.WaitForAsync();
        var hrefs = await card.Locator("a").EvaluateAllAsync<string[]>("all => all.map(a => a.getAttribute('href').split(/[/?]/)[1])");
        Assert.Equal(["episode", "lesson", "playbook"], hrefs.Distinct().Order());
        await visit.IsWellAsync();
        await card.Locator("a[href^='#/episode/']").First.ClickAsync();
        await visit.Page.GetByText("What it taught").WaitForAsync();

        await visit.OpenAsync($"episode/{Workday.Id(3)}");
        await visit.Page.GetByText($"afterwit recall TASK --episode {Workday.Id(3)}").WaitForAsync();
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task The_lessons_say_what_memory_is_worth_or_how_to_learn_it()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await using var visit = await chromium.VisitAsync(site, 360, 740);
        await visit.OpenAsync("lessons");
        var known = visit.Page.Locator("section.card", new() { HasText = "Something was recalled for 10 runs" });
        await known.GetByText("a comparison of what happened, not an experiment").WaitForAsync();
        Assert.Contains("points", await known.Locator("svg.interval").First.GetAttributeAsync("aria-label"), StringComparison.Ordinal);
        await visit.Page.Locator("section.card", new() { HasText = "deployment" }).GetByText("no run has a recall that names it").First.WaitForAsync();
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task The_overview_moves_by_itself_and_has_charts()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await using var visit = await chromium.VisitAsync(site);
        await visit.OpenAsync("live");
        await visit.Page.GetByText("live \u00b7").WaitForAsync();
        var first = await visit.Page.Locator(".heading .badge").TextContentAsync();
        await Eventually.IsTrueAsync(async () => await visit.Page.Locator(".heading .badge").TextContentAsync() != first);
        await visit.Page.GetByText("all well").WaitForAsync();
        Assert.Equal(6, await visit.Page.Locator(".tile canvas").CountAsync());
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task A_build_without_charts_shows_the_numbers()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await using var visit = await chromium.VisitAsync(site);
        await visit.Page.RouteAsync("**/uplot.js", route => route.FulfillAsync(new() { Path = Repository.Path("eng", "dashboard", "without.js"), ContentType = "text/javascript" }));
        await visit.OpenAsync("live");
        await visit.Page.GetByText("all well").WaitForAsync();
        Assert.Equal(0, await visit.Page.Locator("canvas").CountAsync());
        Assert.Equal(6, await visit.Page.Locator(".tile .value").CountAsync());
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task Hostile_text_stays_text_in_every_view()
    {
        await using var site = await Site.StartAsync(Hostile.Episodes(Now));
        await site.Memory.RelateAsync(new(Hostile.Id(0), RelationshipKind.Related, Hostile.Id(1), "<script>alert(1)</script>"));
        foreach (var (text, n) in Hostile.Texts.Select((text, n) => (text, n)))
            await site.Memory.RecallAsync(new() { Text = $"hostile {text}", Types = RecallTypes.Episode | RecallTypes.Pattern | RecallTypes.Playbook | RecallTypes.Step, Episode = Hostile.Id(n) });
        await using var visit = await chromium.VisitAsync(site, 360, 740);
        var lessons = await site.Memory.Store.ListPatternsAsync(new() { MinSupport = 1 }, CancellationToken.None);
        Assert.NotEmpty(lessons);
        string[] views =
        [
            "live", "search?q=hostile", "search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "episodes", "episodes?tag=%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E", "lessons?more=yes", "playbook?task=hostile", "storage",
            .. Enumerable.Range(0, Hostile.Texts.Length).Select(n => $"episode/{Hostile.Id(n)}"), $"graph/{Hostile.Id(0)}", .. lessons.Take(10).Select(l => $"lesson/{l.Id}"),
        ];
        foreach (var view in views)
        {
            await visit.OpenAsync(view);
            Assert.Equal(0, await visit.Page.Locator("main script, main img, main iframe, main style, main [onerror], main [onload], main a[href^='javascript']").CountAsync());
            await visit.IsWellAsync();
        }

        await visit.OpenAsync($"episode/{Hostile.Id(0)}");
        Assert.Contains("<script>alert(1)</script>", await visit.Page.Locator("main").TextContentAsync(), StringComparison.Ordinal);
        await visit.OpenAsync($"episode/{Hostile.Id(5)}");
        Assert.Contains("\u27e8U+0000\u27e9", await visit.Page.Locator("main").TextContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_names_nothing_says_so()
    {
        await using var site = await Site.StartAsync([]);
        await using var visit = await chromium.VisitAsync(site);
        visit.Expected.UnionWith([400, 404]);
        await visit.OpenAsync($"episode/{Workday.Id(1)}");
        await visit.Page.GetByText("Not here").WaitForAsync();
        await visit.OpenAsync("episode/%3Cscript%3E");
        await visit.Page.GetByText("That did not work").WaitForAsync();
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task All_is_done_by_the_keyboard()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await using var visit = await chromium.VisitAsync(site);
        var page = visit.Page;
        await visit.OpenAsync("live");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("skip", await page.EvaluateAsync<string>("document.activeElement.id"));
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("main", await page.EvaluateAsync<string>("document.activeElement.id"));

        await page.GetByRole(AriaRole.Link, new() { Name = "Search", Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await visit.ReadyAsync("search");
        Assert.Equal("main", await page.EvaluateAsync<string>("document.activeElement.id"));
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("q", await page.EvaluateAsync<string>("document.activeElement.id"));
        Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await page.Keyboard.TypeAsync("lock timeout in a migration");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".hit a[href^='#/episode/']").First.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await visit.ReadyAsync("episode");
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task Forgetting_asks_first()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await using var visit = await chromium.VisitAsync(site);
        await visit.OpenAsync($"episode/{Workday.Id(0)}");
        var forget = visit.Page.GetByRole(AriaRole.Button, new() { Name = "Forget this episode" });
        await forget.ClickAsync();
        await visit.Page.Keyboard.PressAsync("Escape");
        await visit.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.NotNull(await site.Memory.Store.GetEpisodeAsync(Workday.Id(0), CancellationToken.None));

        await forget.ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Forget it", Exact = true }).ClickAsync();
        await visit.Page.GetByText("Forgotten").WaitForAsync();
        Assert.Null(await site.Memory.Store.GetEpisodeAsync(Workday.Id(0), CancellationToken.None));
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task Withdrawing_a_lesson_asks_first_and_can_be_taken_back()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await using var visit = await chromium.VisitAsync(site);
        var lesson = (await site.Memory.Store.ListPatternsAsync(new(), CancellationToken.None))[0].Id;
        await visit.OpenAsync($"lesson/{lesson}");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Withdraw this lesson" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Withdraw it", Exact = true }).ClickAsync();
        await visit.Page.GetByText("No advice is given from it.").WaitForAsync();
        Assert.True((await site.Memory.Store.GetPatternAsync(lesson, CancellationToken.None))!.IsRetired);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Put it back" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Withdraw this lesson" }).WaitForAsync();
        Assert.False((await site.Memory.Store.GetPatternAsync(lesson, CancellationToken.None))!.IsRetired);
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task The_list_goes_on_to_older_episodes_and_back()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now));
        await using var visit = await chromium.VisitAsync(site);
        await visit.OpenAsync("episodes");
        Assert.Equal(50, await visit.Page.Locator("tbody tr").CountAsync());
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Older" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Newer" }).WaitForAsync();
        Assert.Equal(10, await visit.Page.Locator("tbody tr").CountAsync());
        await visit.Page.GetByLabel("Status").SelectOptionAsync("failed");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Filter" }).ClickAsync();
        await Eventually.IsTrueAsync(async () => await visit.Page.Locator("tbody .badge.bad").CountAsync() is > 0 and var failed && failed == await visit.Page.Locator("tbody tr").CountAsync());
        await visit.IsWellAsync();
    }

    [Fact]
    public async Task A_server_with_a_token_asks_for_it_once()
    {
        await using var site = await Site.StartAsync(Workday.Episodes(Now), new() { Token = "a-token-of-the-tests" });
        await using var visit = await chromium.VisitAsync(site);
        visit.Expected.Add(401);
        await visit.Page.GotoAsync("/#/live");
        await visit.Page.Locator("dialog input").FillAsync("not the token");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await visit.Page.GetByText("That is not the token").WaitForAsync();
        await visit.Page.Locator("dialog input").FillAsync("a-token-of-the-tests");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await visit.ReadyAsync("live");
        await visit.Page.GetByText("all well").WaitForAsync();
        await visit.IsWellAsync();
    }
}
