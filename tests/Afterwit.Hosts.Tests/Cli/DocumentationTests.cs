using Afterwit.Cli;
using Afterwit.Storage;

namespace Afterwit.Hosts.Tests.Cli;

public sealed class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "cli.md"));

    [Fact]
    public void Every_setting_is_documented_under_its_three_names() =>
        Assert.All(Setting.All, s => Assert.All((string[])[s.Name, s.EnvironmentName, s.OptionName], name => Assert.Contains($"`{name}`", Page)));

    [Theory]
    [InlineData("episode")]
    [InlineData("pattern")]
    [InlineData("config")]
    public void Every_command_of_a_group_is_documented(string group) =>
        Assert.All(App.Build().Subcommands.Single(c => c.Name == group).Subcommands, c => Assert.Contains($"`{group} {c.Name}", Page));

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Afterwit.slnx")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
