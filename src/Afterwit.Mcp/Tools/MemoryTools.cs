namespace Afterwit.Mcp.Tools;

/// <summary>The tools of each profile, in the order an agent reads them.</summary>
internal static class MemoryTools
{
    public static IReadOnlyList<MemoryTool> Of(McpProfile profile)
    {
        List<MemoryTool> tools =
        [
            new RecallTool(), new AdviseTool(), new GetDetailsTool(), new StartEpisodeTool(), new LogStepsTool(), new CompleteEpisodeTool(), new PlaybookTool(), new FeedbackTool(), new RememberTool(), new ForgetTool(),
        ];
        if (profile == McpProfile.Full)
            tools.AddRange([new RelateTool(), new CheckpointTool(), new ResumeTool(), new InsightsTool(), new StatsTool(), new AdminTool()]);
        return tools;
    }
}
