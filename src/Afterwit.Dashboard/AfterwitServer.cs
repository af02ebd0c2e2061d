using Afterwit.Dashboard.Api;
using Afterwit.Dashboard.Health;
using Afterwit.Dashboard.Mcp;
using Afterwit.Dashboard.Metrics;
using Afterwit.Dashboard.Page;
using Afterwit.Dashboard.Security;
using Afterwit.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Afterwit.Dashboard;

/// <summary>
/// A memory over HTTP in one process: the dashboard, the API under <c>/api/v1</c>, MCP under <c>/mcp</c>, <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c>. It reads no settings of its own
/// from files or the environment.
/// </summary>
public sealed class AfterwitServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly PrometheusText _metrics;
    private readonly McpSessions _sessions;
    private readonly LiveFeed _feed;

    /// <summary>Makes a server. It listens from <see cref="StartAsync"/> on.</summary>
    /// <param name="memory">The memory, which stays the caller's: dispose of it after the server.</param>
    /// <param name="options">Null means the defaults: 127.0.0.1:7700.</param>
    /// <param name="logging">Where unexpected failures are told; never a token or what was asked for. Null means nowhere.</param>
    /// <param name="time">The clock. Null means the system's.</param>
    /// <exception cref="ArgumentException">An option is not allowed: such as an address that others can reach, without a token.</exception>
    public AfterwitServer(AgentMemory memory, ServerOptions? options = null, ILoggerFactory? logging = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(memory);
        options ??= new();
        options.Validate();
        time ??= TimeProvider.System;

        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.Address, options.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Limits.RequestHeadersTimeout = options.HeaderTimeout;
        });
        builder.Services.AddRoutingCore();
        if (logging is not null)
            builder.Services.AddSingleton(logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        _app = builder.Build();

        var log = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<AfterwitServer>();
        var token = options.Token is null ? null : new AccessToken(options.Token, time);
        var gate = new Gate(new(options), token);
        _app.UseRouting();
        _app.Use(next => context => Problem.CatchAsync(context, inner => gate.PassAsync(inner, next), log));
        var answers = _app.MapGroup("");
        ((IEndpointConventionBuilder)answers).Add(AllowHead);
        var api = answers.MapGroup("/api/v1");
        EpisodeRoutes.Map(api, memory);
        RelationshipRoutes.Map(api, memory);
        LessonRoutes.Map(api, memory);
        SystemRoutes.Map(api, memory, options, token, time);
        HealthRoutes.Map(answers, memory, time);
        _metrics = new();
        _metrics.Map(answers);
        _sessions = new(new(memory, time: time), options, time);
        McpRoutes.Map(_app, _sessions, time, _app.Lifetime.ApplicationStopping);
        _feed = new(MemoryParts.MetricsOf(memory), time, options);
        DashboardPage.Map(_app, _feed);
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:7700</c>. Empty before it is started.</summary>
    public IReadOnlyList<string> Urls => [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    /// <summary>Each route as METHOD and path; HEAD goes with GET.</summary>
    internal IEnumerable<string> Routes => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        .SelectMany(r => r.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Where(m => m != HttpMethods.Head).Select(m => $"{m} {r.RoutePattern.RawText}"));

    /// <summary>How many MCP sessions are open.</summary>
    internal int McpSessions => _sessions.Count;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _app.StartAsync(cancellationToken);

    /// <summary>Takes no more requests, and returns when the answers in flight have finished, or after <see cref="ServerOptions.ShutdownTimeout"/>.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        _feed.Dispose(); // its streams never finish by themselves
        return _app.StopAsync(cancellationToken);
    }

    /// <summary>Stops it, if it runs, and frees what it holds. The memory stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        _feed.Dispose();
        await _app.DisposeAsync();
        await _sessions.DisposeAsync();
        _metrics.Dispose();
    }

    private static void AllowHead(EndpointBuilder endpoint)
    {
        var place = endpoint.Metadata.IndexOf(endpoint.Metadata.OfType<HttpMethodMetadata>().Single());
        if (((HttpMethodMetadata)endpoint.Metadata[place]).HttpMethods is ["GET"])
            endpoint.Metadata[place] = new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]);
    }
}
