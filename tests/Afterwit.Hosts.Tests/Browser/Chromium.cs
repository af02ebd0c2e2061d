using Microsoft.Playwright;

namespace Afterwit.Hosts.Tests.Browser;

/// <summary>The real browser, started once for all tests of the page. A machine without it fails them: `eng/require chromium` installs it.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string File = "/usr/bin/chromium";

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        Assert.True(System.IO.File.Exists(File), $"The browser of the tests is missing at {File}: run eng/require chromium.");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = File,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    internal Task<Visit> VisitAsync(Site site, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light) => VisitAsync(new Uri(site.Url), width, height, scheme);

    internal async Task<Visit> VisitAsync(Uri address, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser.NewContextAsync(new() { BaseURL = address.ToString(), ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme, Locale = "en-GB", TimezoneId = "UTC" });
        context.SetDefaultTimeout((float)Visit.Patience.TotalMilliseconds);
        return await Visit.BeginAsync(context, address);
    }
}

[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<Chromium>
{
    public const string Name = "browser";
}
