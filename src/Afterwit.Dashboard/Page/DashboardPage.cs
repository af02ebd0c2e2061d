using Afterwit.Dashboard.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Afterwit.Dashboard.Page;

/// <summary>The web page: its files, and the stream of events that keeps it up to date. What it shows besides comes from <c>/api/v1</c>.</summary>
internal static class DashboardPage
{
    /// <summary>Adds the page at <c>/</c> and the stream at <c>/events</c>.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="feed">What the memory does. Whoever made it ends it.</param>
    public static void Map(IEndpointRouteBuilder routes, LiveFeed feed)
    {
        PageAssets.Map(routes);
        routes.MapGet("/events", context => StreamAsync(context, feed));
    }

    private static async Task StreamAsync(HttpContext context, LiveFeed feed)
    {
        if (feed.Connect() is not { } page)
        {
            context.Response.Headers.RetryAfter = "10";
            throw new RequestException(503, $"{LiveFeed.MaxPages} pages are connected already, or the server stops. Close one and try again.");
        }

        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await foreach (var sample in page.Reader.ReadAllAsync(context.RequestAborted))
                await context.Response.Body.WriteAsync(sample, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The page was closed.
        }
        finally
        {
            feed.Disconnect(page);
        }
    }
}
