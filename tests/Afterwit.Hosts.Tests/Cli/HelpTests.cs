using System.CommandLine;
using Afterwit.Cli;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. PathsOf(App.Build(), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_of_every_command_names_its_commands_and_describes_its_options(string path)
    {
        var root = App.Build();
        var words = path.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var page = new StringWriter();
        var parsed = root.Parse([.. words, "--help"]);
        Assert.Equal(0, parsed.Invoke(new() { Output = page }));

        var text = page.ToString();
        var command = parsed.CommandResult.Command;
        Assert.Contains($"afterwit {path}".Trim(), text);
        Assert.DoesNotContain("Afterwit.Cli", text);
        Assert.All(command.Subcommands.Where(c => !c.Hidden), c => Assert.Contains($"  {c.Name}", text));
        Assert.All(command.Options.Where(o => !o.Hidden), o => Assert.Contains(o.Name, text));
        Assert.All(command.Options.Where(o => !o.Hidden), o => Assert.False(string.IsNullOrWhiteSpace(o.Description), o.Name));
        Assert.All(command.Arguments, a => Assert.False(string.IsNullOrWhiteSpace(a.Description), a.Name));
    }

    [Fact]
    public void Each_command_is_built_alone_by_its_name()
    {
        Assert.All(App.Build().Subcommands, c => Assert.Equal(c.Name, Assert.Single(App.Build([c.Name]).Subcommands).Name));
        Assert.Empty(App.Build(["--version", "mc"]).Subcommands);
    }

    [Fact]
    public async Task Without_a_command_the_program_shows_its_help()
    {
        using var home = new CliHome();
        var result = (await home.RunAsync()).Succeeded();
        Assert.Contains("episode", result.Output);
        Assert.Contains("Exit codes", result.Output);
        Assert.Empty(result.Error);
        Assert.False(File.Exists(home.Database));
    }

    private static IEnumerable<string> PathsOf(Command command, string path) =>
        [path, .. command.Subcommands.Where(c => !c.Hidden).SelectMany(c => PathsOf(c, $"{path} {c.Name}".Trim()))];
}
