using System.Diagnostics;
using System.Net;
using Afterwit.Dashboard.Page;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Browser;

public sealed class AssetTests
{
    [Fact]
    public async Task Each_file_has_its_type_its_tag_and_the_policy()
    {
        await using var site = await Site.StartAsync([]);
        using var client = new HttpClient { BaseAddress = new(site.Url) };
        foreach (var (path, type) in new[] { ("/", "text/html"), ("/app.css", "text/css"), ("/app.js", "text/javascript"), ("/views/live.js", "text/javascript"), ("/icon.svg", "image/svg+xml"), ("/uplot.js", "text/javascript") })
        {
            using var first = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            Assert.Equal(type, first.Content.Headers.ContentType!.MediaType);
            Assert.Contains("script-src 'self'", Assert.Single(first.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            using var again = new HttpRequestMessage(HttpMethod.Get, path);
            again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var second = await client.SendAsync(again);
            Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        }
    }

    [Fact]
    public async Task One_page_too_many_is_refused_and_a_closed_one_makes_room()
    {
        await using var site = await Site.StartAsync([]);
        using var client = new HttpClient { BaseAddress = new(site.Url) };
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < LiveFeed.MaxPages; i++)
            open.Add(await client.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead));
        Assert.All(open, o => Assert.Equal(HttpStatusCode.OK, o.StatusCode));
        using (var refused = await client.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        open.ForEach(o => o.Dispose());
        await Eventually.IsTrueAsync(async () =>
        {
            using var again = await client.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead);
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task A_build_without_npm_warns_and_embeds_a_page_without_charts()
    {
        using var folder = new TemporaryFolder();
        var output = await BuildAsync($"-p:NpmCommand={folder["no-npm"]}", folder);
        Assert.Contains("AFTERWIT001", output, StringComparison.Ordinal);
        Assert.Contains("without.js", output, StringComparison.Ordinal);
        Assert.DoesNotContain("uPlot.iife.min.js", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_with_npm_embeds_the_charts()
    {
        using var folder = new TemporaryFolder();
        var output = await BuildAsync("-p:NpmCommand=npm", folder);
        Assert.DoesNotContain("AFTERWIT001", output, StringComparison.Ordinal);
        Assert.Contains("uPlot.iife.min.js", output, StringComparison.Ordinal);
    }

    /// <summary>Runs the target that fetches and embeds the charts; gives what it printed and what the build would embed.</summary>
    private static async Task<string> BuildAsync(string npm, TemporaryFolder folder)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", Repository.Path("src", "Afterwit.Dashboard", "Afterwit.Dashboard.csproj"), "-nologo", "-nodeReuse:false", "-t:EmbedCharts", "-getItem:EmbeddedResource", $"-p:ChartsFolder={folder["charts"]}", npm])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Cli.CliHome.Patience);
        var all = await output + await error;
        Assert.True(process.ExitCode == 0, all);
        return all;
    }
}
