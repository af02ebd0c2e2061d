using Afterwit.Dashboard.Security;
using Afterwit.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterwit.Dashboard.Api;

/// <summary>How the memory is doing, with which settings, what this API is, and the login of the page.</summary>
internal static class SystemRoutes
{
    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder api, AgentMemory memory, ServerOptions options, AccessToken? token, TimeProvider time)
    {
        api.MapGet("/stats", Answer.Json(StorageJson.Default.StatsJson, c => StatsJson.ReadAsync(memory, c.RequestAborted)));
        api.MapGet("/doctor", Answer.Json(StorageJson.Default.DoctorJson, c => DoctorJson.ExamineAsync(memory, time, DepthOf(new(c)), c.RequestAborted), "quick", "thorough"));
        api.MapGet("/settings", Answer.Json(ApiJson.Default.SettingsJson, _ => Task.FromResult(new SettingsJson(options.Settings))));
        api.MapGet("/metrics/live", Answer.Json(MetricsJson.Default.MemoryReport, _ => Task.FromResult(MemoryParts.MetricsOf(memory).Report())));
        api.MapGet("/openapi.json", OpenApiAsync);
        api.MapPost("/login", context => LoginAsync(context, token)).WithMetadata(WithoutToken.Mark);
        api.MapPost("/logout", Logout);
    }

    private static ExaminationDepth DepthOf(Parameters given) => (given.Flag("quick"), given.Flag("thorough")) switch
    {
        (true, true) => throw new RequestException(400, "An examination is quick or thorough, not both.", "quick"),
        (true, _) => ExaminationDepth.Quick,
        (_, true) => ExaminationDepth.Thorough,
        _ => ExaminationDepth.Whole,
    };

    private static async Task OpenApiAsync(HttpContext context)
    {
        Parameters.Check(context);
        using var document = new MemoryStream();
        await using (var resource = typeof(SystemRoutes).Assembly.GetManifestResourceStream("openapi.json")!)
            await resource.CopyToAsync(document, context.RequestAborted);
        await Answer.WriteAsync(context, document.GetBuffer().AsMemory(0, (int)document.Length), "application/json");
    }

    private static async Task LoginAsync(HttpContext context, AccessToken? token)
    {
        Parameters.Check(context);
        var given = await Answer.BodyAsync(context, ApiJson.Default.LoginRequest);
        if (token?.IsToken(given.Token) == false)
            throw new RequestException(401, "That is not the token of this server.", "token");
        token?.SignIn(context);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static Task Logout(HttpContext context)
    {
        Parameters.Check(context);
        AccessToken.SignOut(context);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
