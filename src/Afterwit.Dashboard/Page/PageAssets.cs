using Afterwit.Dashboard.Api;
using Afterwit.Dashboard.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterwit.Dashboard.Page;

/// <summary>The files of the page, which are part of this assembly.</summary>
internal static class PageAssets
{
    private const string Prefix = "wwwroot/";

    /// <summary>Serves each under its name, the page itself at the root. A browser asks again each time and gets 304 while nothing changed.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var assembly = typeof(PageAssets).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var name = resource[Prefix.Length..];
            using var content = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[content.Length];
            content.ReadExactly(bytes);
            var type = TypeOf(name);
            routes.MapMethods(name == "index.html" ? "/" : $"/{name}", [HttpMethods.Get, HttpMethods.Head], context => Answer.WriteAsync(context, bytes, type)).WithMetadata(WithoutToken.Mark);
        }
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".txt" => "text/plain; charset=utf-8",
        var other => throw new NotSupportedException($"'{name}' is part of the page, but files of type '{other}' have no content type: add it here."),
    };
}
