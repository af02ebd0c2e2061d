using System.Text.Json;
using Afterwit.Cli.Importing;

namespace Afterwit.Cli.Hooks;

/// <summary>What Claude Code tells a hook on standard input.</summary>
/// <param name="Name">The event: <c>UserPromptSubmit</c>, <c>PostToolUse</c> ...</param>
/// <param name="Session">The session.</param>
/// <param name="Folder">Where it works.</param>
/// <param name="Prompt">What the user asked.</param>
/// <param name="Subagent">The subagent it happened in. Null in the session itself.</param>
/// <param name="CallId">Which use of a tool.</param>
/// <param name="Call">The use of a tool as a step, with its answer if it has one.</param>
/// <param name="LastMessage">What the agent said at the end of its turn.</param>
internal sealed record HookEvent(string Name, string Session, string? Folder, string? Prompt, string? Subagent, string? CallId, Step? Call, string? LastMessage)
{
    /// <summary>Reads an event.</summary>
    /// <exception cref="ArgumentException">It is none; the message says why.</exception>
    public static HookEvent Parse(ReadOnlyMemory<byte> json)
    {
        HookEvent? result = null;
        var problem = JsonFields.Parse(json, record => result = record.ValueKind == JsonValueKind.Object ? Read(record) : throw JsonFields.WrongType("event", record, "an object"));
        return problem is null ? result! : throw new ArgumentException($"standard input is no event of a hook: {problem}.");
    }

    private static HookEvent Read(JsonElement record) => new(
        record.RequiredText("hook_event_name"), record.RequiredText("session_id"), record.Text("cwd"), record.Text("prompt"), record.Text("agent_id"),
        record.Text("tool_use_id"), record.Field("tool_name") is null ? null : ReadCall(record), record.Text("last_assistant_message"));

    private static Step ReadCall(JsonElement record)
    {
        var tool = record.RequiredText("tool_name");
        var (error, response) = (record.Text("error"), record.Field("tool_response"));
        var failed = error is not null || response is { ValueKind: JsonValueKind.Object } answer && (IsTrue(answer, "is_error") || IsTrue(answer, "isError"));
        return Step.ToolCall(tool, record.TextOrJson("tool_input"), error ?? TextOf(record, response), failed) with { FromMemory = ClaudeTask.ReadsThisMemory(tool, record.Field("tool_input")) };
    }

    private static bool IsTrue(JsonElement answer, string name) => answer.Field(name) is { ValueKind: JsonValueKind.True };

    /// <summary>What the agent saw of an answer: what a command printed, the texts of blocks, else the JSON of it.</summary>
    private static string? TextOf(JsonElement record, JsonElement? response)
    {
        if (response is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().All(part => part.ValueKind == JsonValueKind.Object && part.Field("text") is { ValueKind: JsonValueKind.String }))
            return string.Join('\n', list.EnumerateArray().Select(part => part.Text("text")));
        if (response is { ValueKind: JsonValueKind.Object } answer && answer.Field("stdout") is { ValueKind: JsonValueKind.String })
            return string.Join('\n', new[] { answer.Text("stdout"), answer.TextOrJson("stderr") }.Where(text => !string.IsNullOrEmpty(text)));
        return record.TextOrJson("tool_response");
    }
}
