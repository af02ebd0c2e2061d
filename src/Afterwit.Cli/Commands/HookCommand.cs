using System.CommandLine;
using System.Text.RegularExpressions;
using Afterwit.Cli.Hooks;
using Afterwit.Cli.Importing;
using Afterwit.Cli.Installing;
using Afterwit.Cli.Terminal;
using Afterwit.Storage;
using Command = System.CommandLine.Command;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit hook claude-code`: records sessions of Claude Code as they happen, and says what the memory knows when a prompt comes.</summary>
internal static partial class HookCommand
{
    private const int LargestEvent = 64 * 1024 * 1024;

    private static readonly Option<int> MaxTokens = OptionKinds.Whole("--max-tokens", "At most so many tokens for what is said to a prompt; 0 says nothing.", 500, 0, 10_000);
    // The client waits for its hooks: whatever holds the memory up holds the agent up.
    private static readonly Option<int> Timeout = OptionKinds.Whole("--timeout", "Give up after so many seconds.", 8, 1, 600);
    private static readonly Option<bool> Install = new("--install") { Description = "Put the hooks into the settings of Claude Code instead. Shows the change; needs --yes to make it." };
    private static readonly Option<string?> Scope = Installation.Scopes.Option("--scope", "With --install: whose settings, the user's (default) or the project's in this folder.");
    private static readonly Option<bool> Yes = Installation.Yes();
    private static readonly Option<bool> Print = Installation.Print();

    public static Command Create()
    {
        var claudeCode = new Command("claude-code", "Take one event of a hook of Claude Code from standard input. Ends with 0 whatever happens: an error is one line on standard error, and never stops the session.")
        {
            MaxTokens, Timeout, Install, Scope, Yes, Print,
        };
        claudeCode.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(Install) || parsed.GetValue(Print))
                return RunInstall(parsed);
            await RunAsync(parsed, cancellationToken);
            return ExitCode.Done;
        });
        return new("hook", "Record what the agents of other programs do, as they do it.") { claudeCode };
    }

    private static int RunInstall(ParseResult parsed)
    {
        var shared = parsed.GetValue(Scope) is { } scope && Installation.Scopes.Of(scope);
        var file = Path.Combine(shared ? Path.GetFullPath(".claude") : Path.Combine(McpClient.Home, ".claude"), "settings.json");
        var command = ThisProgram.CommandLine(shared, ["hook", "claude-code", .. Installation.Memory(parsed, shared)]);
        Installation.Run(parsed, file, text => ClaudeHooks.AddTo(text, command), parsed.GetValue(Print), parsed.GetValue(Yes));
        return ExitCode.Done;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var longest = TimeSpan.FromSeconds(parsed.GetValue(Timeout));
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(longest);
            var happened = HookEvent.Parse(await ReadAsync(patience.Token));
            await TakeAsync(parsed, happened, longest, patience.Token);
        }
        catch (Exception e)
        {
            // The session of the client goes on, whatever is wrong with the memory.
            Console.Error.WriteLine($"afterwit: hook: {Words.Excerpt(e is OperationCanceledException ? $"gave up after {longest.TotalSeconds} s." : e.Message, 500)}");
        }
    }

    private static async Task TakeAsync(ParseResult parsed, HookEvent happened, TimeSpan longest, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Path.GetDirectoryName(DataFolder.DefaultDatabase)!, "hooks");
        var seen = new SeenCalls(folder, happened.Session);
        switch (happened.Name)
        {
            case "SessionStart":
                SeenCalls.ClearOld(folder, CommandContext.Time.GetUtcNow());
                return;
            case "PreToolUse" when happened is { CallId: { } begun, Subagent: null }:
                seen.Begin(begun);
                return;
            case "UserPromptSubmit" or "PostToolUse" or "PostToolUseFailure" or "Stop" or "SessionEnd":
                break;
            default:
                return; // another version of the client may tell more
        }

        // A command of the client is no task: the import leaves it out as well.
        if (happened.Name == "UserPromptSubmit" && (string.IsNullOrWhiteSpace(happened.Prompt) || SlashCommand().IsMatch(happened.Prompt)))
            return;
        var context = new CommandContext(parsed);
        var storage = context.Settings.Storage;
        storage.Sqlite.BusyTimeout = TimeSpan.FromTicks(Math.Min(storage.Sqlite.BusyTimeout.Ticks, longest.Ticks));
        (storage.Tuning.Enabled, storage.Metrics.Publish) = (false, false); // it is gone before either can say anything
        await using var memory = await context.OpenAsync(cancellationToken);
        var recorder = new SessionRecorder(memory, seen, CommandContext.Time);
        switch (happened.Name)
        {
            case "UserPromptSubmit":
                // Recalled before the episode begins, since that ends the one before: what was just interrupted is no example.
                var said = parsed.GetValue(MaxTokens) is var tokens and > 0
                    ? await PromptContext.FindAsync(memory, happened.Prompt!, ClaudeTask.LastFolder(happened.Folder), tokens, cancellationToken) : null;
                if (said is { } answered)
                    Console.Out.WriteLine(answered.Answer.ToJsonString());
                var episode = await recorder.StartAsync(happened, cancellationToken);
                if (said is { } kept)
                    memory.KeepReceipt(kept.Query with { Episode = episode }, kept.Recall);
                break;
            case "PostToolUse" or "PostToolUseFailure":
                await recorder.LogAsync(happened, cancellationToken);
                break;
            case "Stop":
                await recorder.StopAsync(happened, cancellationToken);
                break;
            case "SessionEnd":
                await recorder.EndSessionAsync(happened, cancellationToken);
                break;
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var input = Console.OpenStandardInput();
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await input.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            if (all.Length + read > LargestEvent)
                throw new ArgumentException($"the event has more than {LargestEvent} bytes: it was not recorded.");
            all.Write(buffer, 0, read);
        }

        return all.GetBuffer().AsMemory(0, (int)all.Length);
    }

    [GeneratedRegex(@"^\s*/[\w:.-]+(\s|$)", RegexOptions.NonBacktracking)]
    private static partial Regex SlashCommand();
}
