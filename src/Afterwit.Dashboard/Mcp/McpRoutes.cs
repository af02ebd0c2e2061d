using Afterwit.Dashboard.Api;
using Afterwit.Mcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Afterwit.Dashboard.Mcp;

/// <summary>MCP as Streamable HTTP: <c>initialize</c> opens a session, which later requests name in a header; a request that names none stands alone, as the protocol of 2026-07-28 has it.</summary>
internal static class McpRoutes
{
    private const string SessionHeader = "Mcp-Session-Id";

    /// <summary>Adds /mcp.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="sessions">The open sessions.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">The server stops: streams that wait for messages end.</param>
    public static void Map(IEndpointRouteBuilder routes, McpSessions sessions, TimeProvider time, CancellationToken stopping)
    {
        routes.MapPost("/mcp", context => PostAsync(context, sessions, time));
        routes.MapGet("/mcp", context => ListenAsync(context, sessions, time, stopping));
        routes.MapDelete("/mcp", context => EndAsync(context, sessions));
    }

    private static async Task PostAsync(HttpContext context, McpSessions sessions, TimeProvider time)
    {
        Accepts(context, "application/json");
        Accepts(context, "text/event-stream");
        if (!context.Request.HasJsonContentType())
            throw new RequestException(415, "Send the message as Content-Type: application/json.");
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var (message, error) = MessageReading.Read(new(body.GetBuffer(), 0, (int)body.Length));
        if (message is not null && RequestHeaders.Contradiction(context.Request.Headers, message) is { } contradiction)
            error = MessageReading.Error(MessageReading.IdOf(message), McpErrorCode.HeaderMismatch, contradiction);
        if (message is null || error is not null)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(error, context.RequestAborted);
            return;
        }

        message.Context = new() { ProtocolVersion = context.Request.Headers[RequestHeaders.Version] };
        if (Session(context, sessions) is { } session)
        {
            await HandleAsync(context, session, message, time);
        }
        else if (message is JsonRpcRequest { Method: RequestMethods.Initialize })
        {
            var opened = await sessions.OpenAsync(context.RequestAborted);
            context.Response.Headers[SessionHeader] = opened.Id;
            await HandleAsync(context, opened, message, time);
        }
        else
        {
            await using var alone = sessions.OpenForOne();
            await HandleAsync(context, alone, message, time);
        }
    }

    private static async Task HandleAsync(HttpContext context, McpSession session, JsonRpcMessage message, TimeProvider time)
    {
        StartStream(context);
        if (await session.UseAsync(time, transport => transport.HandlePostRequestAsync(message, new ReadableJsonStream(context.Response.Body), Starting, context.RequestAborted)))
            return;
        context.Response.ContentType = null;
        context.Response.StatusCode = StatusCodes.Status202Accepted;

        ValueTask Starting(JsonRpcMessage? first)
        {
            if (!context.Response.HasStarted && first is JsonRpcError { Error.Code: var code })
            {
                context.Response.StatusCode = (McpErrorCode)code switch
                {
                    McpErrorCode.UnsupportedProtocolVersion => StatusCodes.Status400BadRequest,
                    McpErrorCode.MethodNotFound when message.Context?.ProtocolVersion == RequestHeaders.Newest => StatusCodes.Status404NotFound,
                    _ => StatusCodes.Status200OK,
                };
            }

            return default;
        }
    }

    /// <summary>Sends what the server says of its own until the client leaves, or the server stops.</summary>
    private static async Task ListenAsync(HttpContext context, McpSessions sessions, TimeProvider time, CancellationToken stopping)
    {
        Accepts(context, "text/event-stream");
        var session = Session(context, sessions) ?? throw new RequestException(400, $"The header {SessionHeader} is missing: a stream belongs to a session.");
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        StartStream(context);
        await context.Response.StartAsync(ends.Token);
        await context.Response.Body.FlushAsync(ends.Token);
        try
        {
            await session.UseAsync(time, async transport =>
            {
                await transport.HandleGetRequestAsync(context.Response.Body, ends.Token);
                return true;
            });
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The client left, or the server stops.
        }
    }

    private static async Task EndAsync(HttpContext context, McpSessions sessions)
    {
        var session = Session(context, sessions) ?? throw new RequestException(400, $"The header {SessionHeader} is missing.");
        await sessions.EndAsync(session.Id);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The session that a request names. Null when it names none, or is of the protocol that has none.</summary>
    private static McpSession? Session(HttpContext context, McpSessions sessions)
    {
        string? version = context.Request.Headers[RequestHeaders.Version];
        if (version == RequestHeaders.Newest || context.Request.Headers[SessionHeader] is not [{ } id])
            return null;
        var session = sessions.Find(id) ?? throw McpSessions.NoSuch();
        return version is null || session.Version is not { } agreed || version == agreed
            ? session
            : throw new RequestException(400, $"{RequestHeaders.Version} is '{TextRules.Excerpt(version, 40)}', and the session agreed on {agreed}.");
    }

    private static void Accepts(HttpContext context, string type)
    {
        var accept = context.Request.Headers.Accept.ToString();
        var general = type[..(type.IndexOf('/', StringComparison.Ordinal) + 1)] + "*";
        if (!accept.Contains(type, StringComparison.OrdinalIgnoreCase) && !accept.Contains("*/*", StringComparison.Ordinal) && !accept.Contains(general, StringComparison.OrdinalIgnoreCase))
            throw new RequestException(406, "An MCP client accepts application/json and text/event-stream; a GET the latter.");
    }

    private static void StartStream(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache, no-store";
    }
}
