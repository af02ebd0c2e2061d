namespace Afterwit.Mcp;

/// <summary>How many tools a server offers: every one costs the agent context before it is used.</summary>
public enum McpProfile
{
    /// <summary>The ten tools of daily work.</summary>
    Default,

    /// <summary>All tools: also relate, checkpoint, resume, insights, stats and admin.</summary>
    Full,
}
