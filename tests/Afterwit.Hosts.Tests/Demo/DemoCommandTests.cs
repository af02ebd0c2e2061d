using System.Diagnostics;
using System.Text.Json;

namespace Afterwit.Hosts.Tests.Demo;

public sealed class DemoCommandTests
{
    [Fact]
    public async Task Json_goes_alone_to_standard_output_and_keeps_its_contract()
    {
        var (code, stdout, stderr) = await RunAsync("demo", "--json", "--seeds", "1", "--tasks", "6");

        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(stdout);
        foreach (var arm in (string[])["without", "with"])
        {
            var tally = json.RootElement.GetProperty(arm);
            Assert.Equal(6, tally.GetProperty("tasks").GetInt32());
            Assert.InRange(tally.GetProperty("solved").GetInt32(), 0, 6);
            Assert.True(tally.GetProperty("steps").GetInt32() >= 6);
            Assert.True(tally.GetProperty("errors").GetInt32() >= 0);
        }

        foreach (var lesson in json.RootElement.GetProperty("lessons").EnumerateArray())
        {
            Assert.NotEqual("", lesson.GetProperty("text").GetString());
            Assert.True(lesson.GetProperty("successes").GetInt32() + lesson.GetProperty("failures").GetInt32() > 0);
            Assert.InRange(lesson.GetProperty("lower_bound").GetDouble(), 0, 1);
            Assert.True(lesson.GetProperty("evidence").GetArrayLength() > 0);
        }

        Assert.Equal(1, json.RootElement.GetProperty("per_seed").GetArrayLength());
        Assert.Contains("round 2, with memory", stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_gets_plain_lines_of_at_most_100_columns()
    {
        var (code, stdout, _) = await RunAsync("demo", "--seeds", "2", "--tasks", "6");

        Assert.Equal(0, code);
        Assert.DoesNotContain('\e', stdout);
        Assert.All(stdout.Split('\n'), line => Assert.InRange(line.Length, 0, 100));
        Assert.Contains("with memory", stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seeds", "0")]
    [InlineData("--tasks", "1000")]
    public async Task A_number_out_of_range_is_wrong_usage(string option, string value)
    {
        var (code, stdout, stderr) = await RunAsync("demo", option, value);

        Assert.Equal(2, code);
        Assert.Equal("", stdout);
        Assert.Contains($"{option} is {value}", stderr, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Stdout, string Stderr)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Afterwit.Cli.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (stdout, stderr) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await stdout, await stderr);
    }
}
