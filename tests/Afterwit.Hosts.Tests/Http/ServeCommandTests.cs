using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Afterwit.Hosts.Tests.Cli;
using Afterwit.Hosts.Tests.Mcp;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests.Http;

/// <summary>`afterwit serve` as a process.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private const string Token = "a-token-of-the-test-0123";

    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task It_prints_its_address_serves_and_ends_by_a_signal_with_all_that_was_kept()
    {
        using var process = _home.Start("dotnet", CliHome.ProgramFile, "serve", "--port", "0", "--storage-max-readers", "3");
        using var client = new HttpClient { BaseAddress = new((await process.StandardOutput.ReadLineAsync().SoonAsync())!) };
        using (var started = await client.PostAsync("/api/v1/episodes", RunningServer.Json("""{"task":"kept by the server"}""")))
            Assert.True(started.IsSuccessStatusCode);
        var settings = RunningServer.Parse(await client.GetStringAsync("/api/v1/settings")).GetProperty("settings").EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!);
        Assert.Equal("command line", settings["Storage:MaxReaders"].GetProperty("source").GetString());
        Assert.Equal(("0", "command line"), (settings["Serve:Port"].GetProperty("value").GetString(), settings["Serve:Port"].GetProperty("source").GetString()));

        using (Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await process.WaitForExitAsync().SoonAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync());
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
        Assert.Equal("kept by the server", (await _home.JsonAsync("episode", "list")).GetProperty("episodes")[0].GetProperty("task").GetString());
    }

    [Fact]
    public async Task Its_token_comes_from_the_environment_and_is_shown_nowhere()
    {
        _home["AFTERWIT_SERVE__TOKEN"] = Token;
        using var process = _home.Start("dotnet", CliHome.ProgramFile, "serve", "--port", "0");
        try
        {
            using var client = new HttpClient { BaseAddress = new((await process.StandardOutput.ReadLineAsync().SoonAsync())!) };
            using (var refused = await client.GetAsync("/api/v1/settings"))
                await RunningServer.ProblemOfAsync(refused, 401);
            client.DefaultRequestHeaders.Authorization = new("Bearer", Token);
            var settings = await client.GetStringAsync("/api/v1/settings");
            Assert.Contains("(set)", settings);
            Assert.DoesNotContain(Token, settings);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task It_counts_what_it_does_in_metrics_that_Prometheus_reads()
    {
        using var process = _home.Start("dotnet", CliHome.ProgramFile, "serve", "--port", "0");
        try
        {
            using var client = new HttpClient { BaseAddress = new((await process.StandardOutput.ReadLineAsync().SoonAsync())!) };
            for (var i = 0; i < 7; i++)
            {
                var id = RunningServer.Parse(await (await client.PostAsync("/api/v1/episodes", RunningServer.Json("""{"task":"count"}"""))).Content.ReadAsStringAsync()).GetProperty("episode_id").GetString();
                using var ended = await client.PostAsync($"/api/v1/episodes/{id}/complete", RunningServer.Json("""{"outcome":"success"}"""));
                Assert.True(ended.IsSuccessStatusCode);
            }

            var metrics = PrometheusReader.Read(await client.GetStringAsync("/metrics"));
            Assert.Equal(7, metrics.Value("afterwit_store_operation_duration_seconds_count", ("afterwit_operation", "start_episode")));
            Assert.Equal(7, metrics.Value("afterwit_store_operation_duration_seconds_count", ("afterwit_operation", "complete_episode")));
            Assert.Equal(7, metrics.Value("afterwit_learning_episodes_total"));
            Assert.Equal(7, metrics.Value("http_server_request_duration_seconds_count", ("http_route", "/api/v1/episodes"), ("http_request_method", "POST")));
            Assert.True(metrics.Value("afterwit_writes_total") >= 14);
            Assert.Contains(metrics.Samples, s => s.Name.StartsWith("dotnet_gc_", StringComparison.Ordinal));
            Assert.Equal("histogram", metrics.Types["afterwit_store_operation_duration_seconds"]);
            Assert.All(metrics.Types.Where(t => t.Value == "counter"), t => Assert.EndsWith("_total", t.Key));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task The_official_MCP_client_works_with_it_and_needs_its_token()
    {
        _home["AFTERWIT_SERVE__TOKEN"] = Token;
        using var process = _home.Start("dotnet", CliHome.ProgramFile, "serve", "--port", "0");
        try
        {
            var url = (await process.StandardOutput.ReadLineAsync().SoonAsync())! + "/mcp";
            await Assert.ThrowsAnyAsync<Exception>(() => SdkClient.OverHttpAsync(_home, url));
            await using (var client = await SdkClient.OverHttpAsync(_home, url, Token))
            {
                Assert.Equal("afterwit", client.Connected.GetProperty("server").GetProperty("name").GetString());
                Assert.Equal(10, (await client.AskAsync("listTools")).GetProperty("tools").GetArrayLength());
                Assert.True((await client.CallAsync("remember", new() { ["text"] = "The ferry leaves at six" })).GetProperty("stored").GetBoolean());
                Assert.Equal(1, (await client.CallAsync("recall", new() { ["query"] = "when does the ferry leave" })).GetProperty("hits").GetArrayLength());
                var kept = await client.AskAsync("callTool", new() { ["name"] = "remember", ["arguments"] = new JsonObject { ["text"] = "parcel # lies on shelf #" } }, new() { ["repeat"] = 50 });
                Assert.Equal(50, kept.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("structuredContent").GetProperty("episode_id").GetString()).Distinct().Count());
            }

            Assert.Equal(51, (await _home.JsonAsync("stats")).GetProperty("episodes").GetInt32());
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task The_inspector_lists_its_tools()
    {
        using var process = _home.Start("dotnet", CliHome.ProgramFile, "serve", "--port", "0");
        try
        {
            var url = (await process.StandardOutput.ReadLineAsync().SoonAsync())! + "/mcp";
            var inspector = Path.Combine(SdkClient.Folder, "node_modules", ".bin", "mcp-inspector");
            var listed = (await _home.BashAsync($"'{inspector}' --cli '{url}' --transport http --method tools/list")).Succeeded().Json;
            Assert.Equal(10, listed.GetProperty("tools").GetArrayLength());
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task It_does_not_start_for_others_without_a_token()
    {
        (await _home.RunAsync("serve", "--port", "0", "--host", "0.0.0.0")).Failed(2, "there is no token");
        (await _home.RunAsync("serve", "--port", "65536")).Failed(2, "Serve:Port is '65536'; allowed: 0 to 65535.");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_in_one_line()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        (await _home.RunAsync("serve", "--port", port)).Failed(1, $"127.0.0.1:{port}");
        (await _home.RunAsync("serve", "--port", port)).Failed(1, "--port 0");
        (await _home.RunAsync("serve", "--port", "0", "--host", "192.0.2.1", "--token", Token)).Failed(1, "192.0.2.1");
    }
}
