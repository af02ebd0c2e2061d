using System.Text.Json;
using System.Text.RegularExpressions;
using Afterwit.LibSql;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Afterwit.Dashboard.Api;

/// <summary>What went wrong, as every route answers it (RFC 9457).</summary>
/// <param name="Type">Always <c>about:blank</c>: the status says the kind.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What failed, with which value, and what to do.</param>
/// <param name="Field">The field or parameter that is wrong. Null when it is not one alone.</param>
internal sealed record ProblemJson(string Type, string Title, int Status, string Detail, string? Field);

/// <summary>Turns every failure into an answer.</summary>
internal static partial class Problem
{
    /// <summary>The fields whose names the domain says otherwise.</summary>
    private static readonly Dictionary<string, string> Fields = new(StringComparer.Ordinal)
    {
        ["query"] = "task",
        ["outcome score"] = "score",
        ["outcome summary"] = "summary",
        ["outcome status"] = "outcome",
        ["latency"] = "latency_ms",
        ["metadata key"] = "metadata",
        ["relationship kind"] = "kind",
    };

    /// <summary>Answers with a problem.</summary>
    public static Task WriteAsync(HttpContext context, int status, string detail, string? field = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        var problem = new ProblemJson("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, field);
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(problem, ApiJson.Default.ProblemJson), context.RequestAborted).AsTask();
    }

    /// <summary>Runs what is behind it. What it throws, and an answer of an error without a body, become problems.</summary>
    public static async Task CatchAsync(HttpContext context, RequestDelegate next, ILogger log)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null } response)
                await WriteAsync(context, response.StatusCode, response.StatusCode == 404 ? "There is nothing at this address. /api/v1/openapi.json lists what there is." : $"{context.Request.Method} is not what this address takes.");
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (Exception e)
        {
            var (status, detail, field) = Describe(e);
            if (status == 500)
                LogUnexpected(log, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "no route", e.GetType().Name, e.StackTrace);
            if (context.Response.HasStarted)
            {
                context.Abort(); // an answer that breaks off must not look like a whole one
                return;
            }

            context.Response.Headers.ETag = default;
            if (e is DatabaseException { IsTransient: true })
                context.Response.Headers.RetryAfter = "1";
            await WriteAsync(context, status, detail, field);
        }
    }

    /// <summary>The status, what to say, and the field.</summary>
    public static (int Status, string Detail, string? Field) Describe(Exception e) => e switch
    {
        RequestException wrong => (wrong.Status, wrong.Message, wrong.Field),
        BadHttpRequestException { StatusCode: 413 } => (413, "The body is larger than this server takes (Serve:MaxRequestBytes): send less at a time.", null),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message, null),
        JsonException json => Describe(json),
        NotFoundException => (404, e.Message, null),
        ConflictException or BatchException => (409, e.Message, null),
        DatabaseException or LibSqlException => (503, e.Message, null),
        ArgumentException => (400, e.Message, FieldOf(e.Message)),
        _ => (500, $"The server failed in a way that nobody foresaw ({e.GetType().Name}); its log on standard error has more.", null),
    };

    /// <summary>In the words of a caller, who knows nothing of types.</summary>
    private static (int, string, string?) Describe(JsonException e)
    {
        var path = e.Path is { Length: > 2 } deep ? deep[2..] : null;
        if (NamedProperty().Match(e.Message) is { Success: true } named)
        {
            var name = named.Groups["name"].Value;
            return (400, e.Message.Contains("missing required", StringComparison.Ordinal) ? $"{name} is missing." : $"There is no field '{TextRules.Excerpt(name, 40)}' here.", path is null || path == name ? name : path);
        }

        return (400, path is null ? $"The body is not JSON of this address: {WithoutPosition().Replace(e.Message, "")}" : $"{path} is not of the right kind.", path);
    }

    private static string? FieldOf(string message) =>
        NamedField().Match(message) is { Success: true } match ? Fields.GetValueOrDefault(match.Groups["field"].Value, match.Groups["field"].Value.Replace(' ', '_')) : null;

    [GeneratedRegex("^(?<field>[a-z][a-z ]{1,30}?)( '[^']*')? (is|has) ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamedField();

    [GeneratedRegex("(missing required properties including: |JSON property )'(?<name>[^']*)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamedProperty();

    [GeneratedRegex(" Path: .*$", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex WithoutPosition();

    // Never the message: it may quote what somebody asked for.
    [LoggerMessage(1, LogLevel.Error, "{Method} {Route} failed: unexpected {Kind}\n{Stack}")]
    private static partial void LogUnexpected(ILogger log, string method, string route, string kind, string? stack);
}

/// <summary>A request that cannot be answered, and why.</summary>
internal sealed class RequestException(int status, string message, string? fieldName = null) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>The field or parameter that is wrong.</summary>
    public string? Field => fieldName;

    /// <summary>A field or parameter whose value is not allowed.</summary>
    public static RequestException Wrong(string field, string message) => new(400, message, field);
}
