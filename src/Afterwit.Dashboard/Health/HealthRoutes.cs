using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Afterwit.Dashboard.Security;
using Afterwit.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterwit.Dashboard.Health;

/// <summary>Whether the process lives, and whether the memory can be worked with; both measure it each time.</summary>
internal static class HealthRoutes
{
    /// <summary>Longer than this nobody who routes requests waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Adds /healthz and /readyz.</summary>
    public static void Map(IEndpointRouteBuilder routes, AgentMemory memory, TimeProvider time)
    {
        var started = time.GetTimestamp();
        routes.MapGet("/healthz", async context =>
        {
            var asked = time.GetTimestamp();
            await Task.Run(static () => { }, context.RequestAborted); // waits for its turn as all work does
            await WriteAsync(context, 200, new("ok", Math.Round(time.GetElapsedTime(started).TotalSeconds, 3), Milliseconds(time, asked)), HealthJson.Default.AliveJson);
        }).WithMetadata(WithoutToken.Mark);
        routes.MapGet("/readyz", context => ReadyAsync(context, MemoryParts.DatabaseOf(memory), time));
    }

    private static async Task ReadyAsync(HttpContext context, IDatabase database, TimeProvider time)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        var checks = await Task.WhenAll(
            CheckAsync(() => database.ReadAsync([new("SELECT 1 FROM episodes LIMIT 1", [], static _ => { })], stop.Token), "read"),
            // Changes nothing, and waits for the right to write as a write does.
            CheckAsync(() => database.WriteAsync([new("DELETE FROM episodes WHERE key IS NULL")], stop.Token), "written"));
        var ready = checks.All(c => c.Ok);
        await WriteAsync(context, ready ? 200 : 503, new(ready ? "ready" : "not ready", checks[0], checks[1]), HealthJson.Default.ReadyJson);

        async Task<CheckJson> CheckAsync(Func<Task> check, string done)
        {
            var start = time.GetTimestamp();
            string? reason = null;
            try
            {
                await check().WaitAsync(stop.Token);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                reason = e.Message;
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                // It is tried again and again until then: what failed says more than that the time is over.
                reason = $"The database could not be {done} within {Patience.TotalSeconds} s: {database.Statistics.LastFailure ?? "is another process writing for long, or the server overloaded?"}";
            }

            return new(reason is null, Milliseconds(time, start), reason);
        }
    }

    private static double Milliseconds(TimeProvider time, long since) => Math.Round(time.GetElapsedTime(since).TotalMilliseconds, 3);

    private static async Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), context.RequestAborted);
    }
}

/// <summary>What /healthz answers: how long the process has served, and how long work waits for its turn.</summary>
internal sealed record AliveJson(string Status, double UptimeS, double SchedulingMs);

/// <summary>What /readyz answers.</summary>
internal sealed record ReadyJson(string Status, CheckJson Read, CheckJson Write);

/// <summary>Whether something works, how long it took, and else why not.</summary>
internal sealed record CheckJson(bool Ok, double Ms, string? Reason);

/// <summary>The JSON of the health.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AliveJson))]
[JsonSerializable(typeof(ReadyJson))]
internal sealed partial class HealthJson : JsonSerializerContext;
