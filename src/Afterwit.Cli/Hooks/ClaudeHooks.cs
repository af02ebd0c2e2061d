using System.Text.Json.Nodes;
using Afterwit.Cli.Installing;

namespace Afterwit.Cli.Hooks;

/// <summary>The hooks in the settings of Claude Code.</summary>
internal static class ClaudeHooks
{
    private const string Ours = "hook claude-code";
    private const int TimeoutSeconds = 10;

    private static readonly string[] Events = ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "Stop", "SessionEnd"];

    /// <summary>The text of the settings with our hooks in it, each once; those of others stay.</summary>
    /// <exception cref="FormatException">The text is not JSON, or its hooks are not of the client's form.</exception>
    public static string AddTo(string text, IReadOnlyList<string> command)
    {
        var line = string.Join(' ', command.Select(Quote));
        foreach (var name in Events)
        {
            var there = JsonEdit.Get(text, "hooks", name);
            if (there is not (null or JsonArray))
                throw new FormatException($"'hooks.{name}' is not an array");
            var entry = new JsonObject { ["hooks"] = new JsonArray(new JsonObject { ["type"] = "command", ["command"] = line, ["timeout"] = TimeoutSeconds }) };
            if (name.EndsWith("ToolUse", StringComparison.Ordinal) || name.EndsWith("Failure", StringComparison.Ordinal))
                entry.Insert(0, "matcher", "*");
            var kept = (there as JsonArray ?? []).Where(e => !IsOurs(e)).Select(e => e?.DeepClone());
            var wanted = new JsonArray([.. kept, entry]);
            if (!JsonNode.DeepEquals(there, wanted))
                text = JsonEdit.Set(text, wanted, "hooks", name);
        }

        return text;
    }

    private static bool IsOurs(JsonNode? entry) =>
        entry is JsonObject { } group && group["hooks"] is JsonArray { Count: > 0 } hooks
        && hooks.All(h => h is JsonObject hook && hook["command"] is JsonValue value && value.TryGetValue<string>(out var line)
            && line.Contains(Ours, StringComparison.Ordinal) && line.Contains("afterwit", StringComparison.OrdinalIgnoreCase));

    private static string Quote(string part) => part.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ':') ? part : $"\"{part.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
