namespace Afterwit.Mcp.Tools;

/// <summary>What a tool works with.</summary>
/// <param name="Memory">The open memory.</param>
/// <param name="Arguments">What it was given.</param>
/// <param name="Time">The clock.</param>
/// <param name="Playbooks">What was given out before.</param>
/// <param name="Progress">Where to tell how far it is. Null when the client did not ask.</param>
internal sealed record ToolCall(AgentMemory Memory, ToolArguments Arguments, TimeProvider Time, KnownPlaybooks Playbooks, ToolProgress? Progress);
