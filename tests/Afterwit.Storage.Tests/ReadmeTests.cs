using System.Runtime.CompilerServices;

namespace Afterwit.Storage.Tests;

/// <summary>The program in the README is the one below, line by line: it compiles, and it runs.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task The_program_of_the_readme_runs()
    {
        var folder = Directory.CreateTempSubdirectory("afterwit-readme-");
        var here = Directory.GetCurrentDirectory();
        var printed = new StringWriter();
        var console = Console.Out;
        Directory.SetCurrentDirectory(folder.FullName);
        Console.SetOut(printed);
        try
        {
            await ProgramAsync();
        }
        finally
        {
            Console.SetOut(console);
            Directory.SetCurrentDirectory(here);
            folder.Delete(recursive: true);
        }

        Assert.Contains("Fix the failing login test, best step: ", printed.ToString(), StringComparison.Ordinal);
        Assert.Contains("next: grep, because ", printed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_shows_this_program()
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));
        var readme = Between(File.ReadAllLines(Path.Combine(root, "README.md")), "```csharp", "```");
        var compiled = Between(File.ReadAllLines(Here()), "// <README>", "// </README>");
        Assert.Equal(readme, compiled);
        Assert.InRange(readme.Count, 8, 12);
    }

    private static async Task ProgramAsync()
    {
        // <README>
        await using var memory = await AgentMemory.OpenAsync("memory.db");
        var episode = await memory.StartAsync("Fix the failing login test", new(Project: "shop", Agent: "coder"), new() { Domain = "dotnet" });
        await memory.LogAsync(episode, Step.ToolCall("dotnet test", "--filter Login", "error CS0246: type 'Foo' could not be found", isError: true));
        await memory.LogAsync(episode, Step.ToolCall("grep", "class Foo", "src/Legacy/Foo.cs"));
        await memory.LogAsync(episode, Step.ToolCall("dotnet test", "--filter Login", "Passed: 12"));
        await memory.CompleteAsync(episode, Outcome.Success("added the missing using"));

        var recall = await memory.RecallAsync(new() { Text = "login test fails after the upgrade" });
        foreach (var hit in recall.Hits)
            Console.WriteLine($"{hit.Score:F2} {hit.Title}, best step: {hit.BestStep?.Summary}");
        var advice = await memory.AdviseAsync(new() { Domain = "dotnet", Tools = ["dotnet test"], Error = "error CS0246: type 'Bar' could not be found" });
        Console.WriteLine($"next: {advice.Next[0].Action}, because {advice.Next[0].Reason}");
        // </README>
    }

    private static List<string> Between(string[] lines, string first, string last)
    {
        var start = Array.FindIndex(lines, line => line.Trim() == first) + 1;
        var end = Array.FindIndex(lines, start, line => line.Trim() == last);
        return [.. lines[start..end].Select(line => line.Trim())];
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
