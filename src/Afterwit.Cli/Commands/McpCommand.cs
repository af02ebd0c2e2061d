using System.CommandLine;
using Afterwit.Cli.Configuration;
using Afterwit.Mcp;
using Afterwit.Storage;
using ModelContextProtocol.Server;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit mcp`: the memory as an MCP server on standard input and output.</summary>
internal static class McpCommand
{
    private static readonly Choice<McpProfile> Profiles = Choice.Among<McpProfile>();
    private static readonly Option<string?> Profile = Profiles.Option("--profile", "default: the ten tools of daily work. full: also relate, checkpoint, resume, insights, stats and admin.");
    private static readonly Option<int> MaxMessageBytes = OptionKinds.Whole("--max-message-bytes", "A longer message is answered with an error.", LineTransport.DefaultMaxMessageBytes, 1000, int.MaxValue / 2);

    /// <summary>The most bytes of cache where nobody set them: a server of one agent is one of many on its machine, and stays for as long as the agent does.</summary>
    private const long CacheBytes = 16L << 20;

    public static Command Create() =>
        new Command("mcp", "Serve the memory to an agent over MCP on standard input and output, until the input ends.") { Profile, MaxMessageBytes, McpInstallCommand.Create() }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var output = Console.OpenStandardOutput();
        Console.SetOut(Console.Error); // whoever prints: nothing but the protocol goes to standard output
        if (context.Settings.Sources[Setting.CacheMaxBytes].Source == SettingSources.Default)
            context.Settings.Storage.Cache.MaxBytes = CacheBytes;
        var opening = new OpeningMemory(() => context.OpenToStayAsync(cancellationToken));
        await using (opening)
        {
            await using var transport = new LineTransport(Console.OpenStandardInput(), output, parsed.GetValue(MaxMessageBytes));
            var mcp = new MemoryMcp(opening.GetAsync, parsed.GetValue(Profile) is { } profile ? Profiles.Of(profile) : McpProfile.Default, CommandContext.Time);
            await using var server = McpServer.Create(transport, mcp.CreateOptions());
            await server.RunAsync(cancellationToken);
        }
    }

    /// <summary>Opens the memory beside the first messages, and recalls once, so that the first call finds loaded what it needs. When opening fails, the next call tries again: a server may come back.</summary>
    private sealed class OpeningMemory : IAsyncDisposable
    {
        private readonly Lock _lock = new();
        private readonly Func<Task<AgentMemory>> _open;
        private readonly CancellationTokenSource _closing = new();
        private readonly Task _rehearsal;
        private Task<AgentMemory> _memory;

        public OpeningMemory(Func<Task<AgentMemory>> open)
        {
            (_open, _memory) = (open, Task.Run(open));
            _rehearsal = RehearseAsync(_memory, _closing.Token);
        }

        public Task<AgentMemory> GetAsync()
        {
            lock (_lock)
                return _memory = _memory.IsFaulted ? Task.Run(_open) : _memory;
        }

        public async ValueTask DisposeAsync()
        {
            await _closing.CancelAsync();
            await _rehearsal;
            _closing.Dispose();
            try
            {
                await (await _memory).DisposeAsync();
            }
            catch (AfterwitException)
            {
                // It never opened, which each call was told.
            }
        }

        private static async Task RehearseAsync(Task<AgentMemory> opening, CancellationToken cancellationToken)
        {
            try
            {
                await (await opening).RecallAsync(new() { Text = "find the error in a file and count what failed", Types = RecallTypes.Episode | RecallTypes.Step, KeepReceipt = false }, cancellationToken);
            }
            catch (Exception)
            {
                // Whatever is wrong is told to the first call that meets it.
            }
        }
    }
}
