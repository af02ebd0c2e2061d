using System.Diagnostics;
using Afterwit.Tests.Shared;

namespace Afterwit.Hosts.Tests;

/// <summary>The sample of a chat loop with a memory, run as a user runs it.</summary>
public sealed class ChatLoopTests
{
    [Fact]
    public async Task The_second_task_avoids_the_error_of_the_first_and_both_are_recorded()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ChatLoop.dll"), folder["memory.db"]]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        Assert.Equal(
            """
            user: Ship the customer's order A-17
              ship_order: Error: order is locked (code 423)
              unlock_order: unlocked
              ship_order: shipped
            assistant: The order is on its way.
            user: Ship the customer's order B-42
              unlock_order: unlocked
              ship_order: shipped
            assistant: The order is on its way.

            """, output.ReplaceLineEndings("\n"));

        await using var memory = await AgentMemory.OpenAsync(folder["memory.db"]);
        var episodes = await memory.Store.ListEpisodesAsync(new(), CancellationToken.None);
        Assert.Equal(["Ship the customer's order B-42", "Ship the customer's order A-17"], episodes.Select(e => e.Task));
        Assert.All(episodes, e => Assert.Equal((EpisodeStatus.Succeeded, "chat-loop", "orders"), (e.Status, e.Scope.Project, e.Context.Domain)));
        var first = await memory.GetAsync(episodes[1].Id);
        Assert.Equal(["ship_order", "unlock_order", "ship_order", null], first.Steps.Select(s => s.Tool));
        Assert.Equal([true, false, false, false], first.Steps.Select(s => s.IsError));
        Assert.Equal("order=A-17", first.Steps[0].Arguments);
        var recalled = Assert.Single(await memory.Store.GetReceiptsAsync(episodes[0].Id, 10, CancellationToken.None));
        Assert.Equal(first.Id.ToString(), Assert.Single(recalled.Items).Id);
    }
}
