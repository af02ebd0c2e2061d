using System.CommandLine;
using Afterwit.Cli.Terminal;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit episode log`: logs one step, or many from standard input.</summary>
internal static class EpisodeLogCommand
{
    private static readonly Option<string?> Tool = OptionKinds.Text("--tool", "The tool that was used.", "NAME");
    private static readonly Option<string?> Arguments = new("--args", "--arguments") { Description = $"What the tool was given: JSON or a command line. {TextInput.Hint}", HelpName = "TEXT" };
    private static readonly Option<string?> Observation = OptionKinds.Text("--observation", $"What the tool answered. {TextInput.Hint}");
    private static readonly Option<bool> Error = new("--error") { Description = "The tool answered with an error." };
    private static readonly Option<int?> Latency = OptionKinds.WholeOrNone("--latency-ms", "How long the tool took, in milliseconds.", 0);
    private static readonly Option<int?> Tokens = OptionKinds.WholeOrNone("--tokens", "What the step cost, in model tokens.", 0);
    private static readonly Option<string?> Message = OptionKinds.Text("--message", $"What was said, instead of a tool call. {TextInput.Hint}");
    private static readonly Option<string?> Speaker = OptionKinds.Text("--speaker", "Who said it: user, assistant, or a name. Default: assistant.", "NAME");
    private static readonly Option<bool> FromMemory = new("--from-memory") { Description = "The step holds what a memory gave out: it is kept, and nothing is learned from it." };
    private static readonly Option<bool> JsonLines = new("--json-lines")
    {
        Description = "Read steps from standard input, one JSON object a line, with the fields of `episode show --json`. All are stored, or none.",
    };

    public static Command Create() =>
        new Command("log", "Log a step of a running episode: a tool call (--tool) or a message (--message).")
        {
            EpisodeCommand.Id, Tool, Arguments, Observation, Error, Latency, Tokens, Message, Speaker, FromMemory, JsonLines,
        }.Runs(RunAsync);

    private static async Task RunAsync(ParseResult parsed, CommandContext context, CancellationToken cancellationToken)
    {
        var id = EpisodeCommand.IdOf(parsed);
        var steps = parsed.GetValue(JsonLines) ? await ReadLinesAsync(parsed, cancellationToken) : [await ReadStepAsync(parsed, cancellationToken)];
        await using var memory = await context.OpenAsync(cancellationToken);
        var first = await memory.LogAsync(id, steps, cancellationToken);
        context.Output.Write(
            new(id.ToString(), first, steps.Count), MemoryJson.Default.StepsLoggedJson,
            people => people.Line(steps.Count == 1 ? $"Logged step {first}." : $"Logged {Words.Many(steps.Count, "step")}{(steps.Count > 0 ? $", {first} to {first + steps.Count - 1}" : "")}."));
    }

    private static async Task<Step> ReadStepAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var input = new TextInput();
        var (tool, said) = (parsed.GetValue(Tool), parsed.GetValue(Message));
        if (tool is null == said is null)
            throw new ArgumentException("log takes either --tool for a tool call or --message for something said, or --json-lines for many steps.");
        if (said is not null && (parsed.GetValue(Arguments) ?? parsed.GetValue(Observation)) is not null)
            throw new ArgumentException("--args and --observation belong to a tool call: give --tool instead of --message.");
        if (tool is not null && parsed.GetValue(Speaker) is not null)
            throw new ArgumentException("--speaker belongs to a message: give --message instead of --tool.");
        return new()
        {
            Kind = tool is null ? StepKind.Message : StepKind.ToolCall,
            Speaker = tool is null ? parsed.GetValue(Speaker) ?? "assistant" : null,
            Text = await input.ReadAsync(said, "--message", cancellationToken),
            Tool = tool,
            Arguments = await input.ReadAsync(parsed.GetValue(Arguments), "--args", cancellationToken),
            Observation = await input.ReadAsync(parsed.GetValue(Observation), "--observation", cancellationToken),
            IsError = parsed.GetValue(Error),
            Latency = parsed.GetValue(Latency) is { } latency ? TimeSpan.FromMilliseconds(latency) : null,
            Tokens = parsed.GetValue(Tokens),
            FromMemory = parsed.GetValue(FromMemory),
        };
    }

    private static async Task<IReadOnlyList<Step>> ReadLinesAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if ((parsed.GetValue(Tool) ?? parsed.GetValue(Message)) is not null)
            throw new ArgumentException("--json-lines reads whole steps: it goes with neither --tool nor --message.");
        return StepLines.Read(await TextInput.ReadStandardInputAsync(cancellationToken) ?? "");
    }
}
