using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Afterwit.Dashboard.Api;
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

    private static readonly JsonTypeInfo<JsonRpcMessage> Message = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

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
        JsonRpcMessage message;
        JsonDocument? json = null;
        try
        {
            json = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
            message = json.Deserialize(Message) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            await RefuseAsync(context, isJson: json is not null);
            return;
        }
        finally
        {
            json?.Dispose();
        }

        message.Context = new() { ProtocolVersion = context.Request.Headers["MCP-Protocol-Version"] };
        if (context.Request.Headers[SessionHeader] is [{ } id])
        {
            await HandleAsync(context, Known(sessions, id), message, time);
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
        if (await session.UseAsync(time, transport => transport.HandlePostRequestAsync(message, context.Response.Body, context.RequestAborted)))
            return;
        context.Response.ContentType = null;
        context.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    /// <summary>Sends what the server says of its own until the client leaves, or the server stops.</summary>
    private static async Task ListenAsync(HttpContext context, McpSessions sessions, TimeProvider time, CancellationToken stopping)
    {
        Accepts(context, "text/event-stream");
        var session = Known(sessions, context.Request.Headers[SessionHeader] is [{ } id] ? id : throw new RequestException(400, $"The header {SessionHeader} is missing: a stream belongs to a session."));
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
        var id = context.Request.Headers[SessionHeader] is [{ } given] ? given : throw new RequestException(400, $"The header {SessionHeader} is missing.");
        await sessions.EndAsync(Known(sessions, id).Id);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static McpSession Known(McpSessions sessions, string id) =>
        sessions.Find(id) ?? throw new RequestException(404, "There is no such MCP session, or it ended: send initialize to open one.");

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

    /// <summary>What is no message gets an error of the protocol, without an id.</summary>
    private static async Task RefuseAsync(HttpContext context, bool isJson)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(
            isJson ? """{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"That is no JSON-RPC message."}}""" : """{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"That is not JSON."}}""",
            context.RequestAborted);
    }
}
