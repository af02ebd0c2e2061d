using System.CommandLine;
using System.Net.Sockets;
using Afterwit.Cli.Configuration;
using Afterwit.Dashboard;
using Afterwit.Storage;
using Microsoft.Extensions.Logging;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit serve`: the memory over HTTP, until Ctrl+C, which is how it is meant to end.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    // Short names of settings; their values are checked where the settings are.
    private static readonly Option<string?> Port = OptionKinds.Text("--port", "The port; 0 takes any that is free. Default: Serve:Port, 7700.", "N");
    private static readonly Option<string?> Host = OptionKinds.Text("--host", "The address to listen on; any but a loopback address needs a token. Default: Serve:Host, 127.0.0.1.", "ADDRESS");
    private static readonly Option<string?> Token = OptionKinds.Text("--token", "What every request has to bring. Better in AFTERWIT_SERVE__TOKEN: other users of the machine can read a command line.");

    /// <summary>The settings that have a short name here.</summary>
    public static IReadOnlyDictionary<string, Option<string?>> Short { get; } = new Dictionary<string, Option<string?>> { [Setting.ServePort] = Port, [Setting.ServeHost] = Host, [Setting.ServeToken] = Token };

    public static Command Create() =>
        new Command(Name, "Serve the memory over HTTP: dashboard, API, MCP, metrics. Prints its address, and runs until Ctrl+C.") { Port, Host, Token }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var options = OptionsOf(context.Settings.Sources);
        var serves = false;
        // What fails before is thrown as well, and told in one line.
        using var logging = LoggerFactory.Create(builder => builder.AddFilter(level => serves && level >= LogLevel.Warning).AddConsole(c => c.LogToStandardErrorThreshold = LogLevel.Trace));
        await using var memory = await context.OpenToStayAsync(cancellationToken);
        await using var server = new AfterwitServer(memory, options, logging, CommandContext.Time);
        try
        {
            await server.StartAsync(cancellationToken);
            serves = true;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new IOException($"cannot listen on {options.Host}:{options.Port}: {e.GetBaseException().Message}. End what listens there, or give another port (--port N; --port 0 takes any that is free) or address (--host).", e);
        }

        Console.Out.WriteLine(server.Urls[0]);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, CommandContext.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await server.StopAsync(CancellationToken.None);
        }
    }

    private static ServerOptions OptionsOf(SettingSources sources)
    {
        var options = new ServerOptions
        {
            Host = sources[Setting.ServeHost].Value,
            Port = int.Parse(sources[Setting.ServePort].Value, System.Globalization.CultureInfo.InvariantCulture),
            Token = sources[Setting.ServeToken].Value is { Length: > 0 } token ? token : null,
            MaxRequestBytes = long.Parse(sources[Setting.ServeMaxRequestBytes].Value, System.Globalization.CultureInfo.InvariantCulture),
            P99Target = TimeSpan.Parse(sources[Setting.ServeP99Target].Value, System.Globalization.CultureInfo.InvariantCulture),
            MaxReplicaLag = long.Parse(sources[Setting.ServeMaxReplicaLag].Value, System.Globalization.CultureInfo.InvariantCulture),
            Settings = [.. sources.All.Select(s => s.ToJson())],
        };
        foreach (var name in sources[Setting.ServeAllowedHosts].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries))
            options.AllowedHosts.Add(name);
        return options;
    }
}
