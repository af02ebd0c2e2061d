using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Afterwit.Dashboard.Api;

/// <summary>Reads what a request holds and writes what is answered.</summary>
internal static class Answer
{
    /// <summary>A route that answers with JSON; to a GET with its ETag, and with 304 alone when the client has it already.</summary>
    public static RequestDelegate Json<T>(JsonTypeInfo<T> type, Func<HttpContext, Task<T>> handle) => async context =>
    {
        var value = await handle(context);
        await WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(value, type), "application/json");
    };

    /// <summary>Reads the JSON of a request.</summary>
    /// <exception cref="RequestException">It is not JSON.</exception>
    public static async Task<T> BodyAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        // Only a page of this server can send JSON: a form of another one cannot.
        if (!context.Request.HasJsonContentType())
            throw new RequestException(415, "Send the body as Content-Type: application/json.");
        return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) ?? throw new RequestException(400, "The body is null: give an object.");
    }

    /// <summary>Writes a whole body.</summary>
    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> body, string contentType)
    {
        var response = context.Response;
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        {
            var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body.Span).AsSpan(0, 16))}\"";
            response.Headers.ETag = tag;
            response.Headers.CacheControl = "no-cache"; // kept, and asked for again each time
            if (context.Request.Headers.IfNoneMatch.Any(known => known is "*" || known!.Split(',').Any(k => k.Trim() is var one && (one == tag || one == $"W/{tag}"))))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }

        response.ContentType = contentType;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }
}
