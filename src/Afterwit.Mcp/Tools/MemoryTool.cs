using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace Afterwit.Mcp.Tools;

/// <summary>What a tool does to the memory.</summary>
internal enum ToolEffect
{
    /// <summary>It reads.</summary>
    Reads,

    /// <summary>It adds; the same call again adds once more, unless it has an idempotency key.</summary>
    Adds,

    /// <summary>It adds or replaces; the same call again changes nothing.</summary>
    Sets,

    /// <summary>It takes away.</summary>
    Removes,
}

/// <summary>One tool: how it is described to an agent, and what it does.</summary>
internal abstract class MemoryTool
{
    /// <summary>Describes the tool.</summary>
    /// <param name="name">In snake_case.</param>
    /// <param name="title">For people.</param>
    /// <param name="description">When to use it, in as few words as possible: every agent pays for them in each session.</param>
    /// <param name="effect">What it does to the memory.</param>
    /// <param name="input">The properties of its arguments, as JSON without the braces.</param>
    /// <param name="required">The names of those that have to be there, with commas between them.</param>
    /// <param name="output">The properties of its answer that are always there, as JSON without the braces.</param>
    protected MemoryTool(string name, string title, string description, ToolEffect effect, string input, string required, string output)
    {
        Definition = new()
        {
            Name = name,
            Title = title,
            Description = description,
            InputSchema = Schema(input, required),
            OutputSchema = Schema(output, ""),
            Annotations = new()
            {
                ReadOnlyHint = effect == ToolEffect.Reads,
                DestructiveHint = effect == ToolEffect.Removes,
                IdempotentHint = effect != ToolEffect.Adds,
                OpenWorldHint = false,
            },
        };
        Fields = [.. Definition.InputSchema.GetProperty("properties").EnumerateObject().Select(p => p.Name)];
    }

    /// <summary>As tools/list gives it.</summary>
    public Tool Definition { get; }

    /// <summary>The arguments it knows.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Does the work.</summary>
    /// <returns>The structured answer.</returns>
    /// <exception cref="ArgumentException">An argument is missing or not allowed; the message says which and what is.</exception>
    /// <exception cref="AfterwitException">The memory refused or failed.</exception>
    public abstract Task<JsonElement> CallAsync(ToolCall call, CancellationToken cancellationToken);

    private static JsonElement Schema(string properties, string required)
    {
        var names = string.Join(",", required.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => $"\"{name}\""));
        using var document = JsonDocument.Parse($$"""{"type":"object","properties":{{{properties}}}{{(names.Length == 0 ? "" : $",\"required\":[{names}]")}}}""");
        return document.RootElement.Clone();
    }
}
