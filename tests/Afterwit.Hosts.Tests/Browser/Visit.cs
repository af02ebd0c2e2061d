using Microsoft.Playwright;

namespace Afterwit.Hosts.Tests.Browser;

/// <summary>A page that is looked at. It keeps all that must never happen: an error, a request to another host, something that the policy refused.</summary>
internal sealed class Visit : IAsyncDisposable
{
    /// <summary>For what never comes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IBrowserContext _context;
    private readonly List<string> _wrong = [];

    private Visit(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>Answers of the server that are no success and are meant to come.</summary>
    public HashSet<int> Expected { get; } = [];

    public static async Task<Visit> BeginAsync(IBrowserContext context, Uri server)
    {
        await context.AddInitScriptAsync("document.addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI)); window.alert = () => console.error('alert');");
        var page = await context.NewPageAsync();
        var visit = new Visit(context, page);
        page.Console += (_, m) => visit.Note(m.Type is "error" or "warning" && !visit.Expected.Any(status => m.Text.Contains($"status of {status}", StringComparison.Ordinal)), $"console: {m.Text}");
        page.PageError += (_, e) => visit.Note(true, $"error: {e}");
        page.Request += (_, r) => visit.Note(new Uri(r.Url) is var asked && asked.Scheme != "data" && asked.Authority != server.Authority, $"request: {r.Url}");
        page.Response += (_, r) => visit.Note(r.Status >= 400 && !visit.Expected.Contains(r.Status), $"answer: {r.Status} {r.Url}");
        return visit;
    }

    /// <summary>Opens a view and waits until it is there.</summary>
    public async Task OpenAsync(string view)
    {
        await Page.GotoAsync("about:blank");
        await Page.GotoAsync($"/#/{view}");
        await ReadyAsync(view);
    }

    public Task ReadyAsync(string view) => Page.WaitForSelectorAsync($"main[data-ready='{view.Split('/', '?')[0]}']");

    /// <summary>That nothing happened that must not, and that the page is not wider than the screen.</summary>
    public async Task IsWellAsync()
    {
        lock (_wrong)
            Assert.Empty(_wrong);
        var (page, screen) = (await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), await Page.EvaluateAsync<int>("innerWidth"));
        Assert.True(page <= screen, $"{Page.Url} is {page} pixels wide on a screen of {screen}: {await Page.EvaluateAsync<string>("[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll')).slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join(' | ')")}");
        Assert.Equal(1, await Page.Locator("h1").CountAsync());
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private void Note(bool isWrong, string what)
    {
        if (!isWrong)
            return;
        lock (_wrong)
            _wrong.Add(what);
    }
}
