using Afterwit.Dashboard.Api;
using Microsoft.AspNetCore.Http;

namespace Afterwit.Dashboard.Security;

/// <summary>Lets a request in or refuses it: the name it asks for, the page that it comes from, and what it brings.</summary>
internal sealed class Gate(ServedNames names, AccessToken? token)
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Refuses with an answer, or goes on.</summary>
    public Task PassAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (!names.Includes(request.Host.Host))
            return Problem.WriteAsync(context, 403, "The Host header names a server that this is not. Ask for it by its address, or allow the name (Serve:AllowedHosts).");
        if (request.Headers.Origin is { Count: > 0 } origin && !IsOwn(origin.ToString(), request))
            return Problem.WriteAsync(context, 403, "The request comes from a web page of another origin.");
        if (token is null || context.GetEndpoint()?.Metadata.GetMetadata<WithoutToken>() is not null || token.Admits(request))
            return next(context);
        headers.WWWAuthenticate = "Bearer";
        return Problem.WriteAsync(context, 401, "This needs the token of the server: send Authorization: Bearer TOKEN, or log in on the page.");
    }

    /// <summary>A page of this server has the origin that the request is sent to; its scheme is another one behind a proxy.</summary>
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && (page.Scheme == Uri.UriSchemeHttp || page.Scheme == Uri.UriSchemeHttps)
        && HostString.FromUriComponent(page) is var host && string.Equals(host.Host, request.Host.Host, StringComparison.OrdinalIgnoreCase)
        && PortOf(host, page.Scheme) == PortOf(request.Host, page.Scheme);

    private static int PortOf(HostString host, string scheme) => host.Port ?? (scheme == Uri.UriSchemeHttps ? 443 : 80);
}
