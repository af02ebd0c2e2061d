using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Afterwit.Dashboard.Api;

/// <summary>Reads what a request holds and writes what is answered.</summary>
internal static class Answer
{
    /// <summary>A route that answers with JSON; to a GET with its ETag, and with 304 alone when the client has it already.</summary>
    /// <param name="type">How it is written.</param>
    /// <param name="handle">What it answers.</param>
    /// <param name="parameters">What the route takes behind the ? of its address.</param>
    public static RequestDelegate Json<T>(JsonTypeInfo<T> type, Func<HttpContext, Task<T>> handle, params string[] parameters) => async context =>
    {
        Parameters.Check(context, parameters);
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

    /// <summary>What a caller gave to be able to repeat the request. Null for nothing.</summary>
    public static string? IdempotencyKey(HttpContext context) => context.Request.Headers["Idempotency-Key"] is [{ Length: > 0 } given] ? given : null;

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
