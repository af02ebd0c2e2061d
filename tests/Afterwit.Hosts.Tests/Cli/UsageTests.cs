namespace Afterwit.Hosts.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("Did you mean episode?", "epsode")]
    [InlineData("Did you mean complete?", "episode", "complet")]
    [InlineData("start, log, complete", "episode")]
    [InlineData("needs a command: demo", "--json")]
    [InlineData("needs TASK", "episode", "start")]
    [InlineData("Did you mean --limit?", "recall", "--limt", "3", "x")]
    [InlineData("Did you mean --json?", "playbook", "--jsn")]
    [InlineData("Did you mean success?", "episode", "complete", "x", "--outcome", "sucess")]
    [InlineData("--limit is '0'", "recall", "x", "--limit", "0")]
    [InlineData("--since is 'yesterday': give a time", "recall", "x", "--since", "yesterday")]
    [InlineData("--score is '2'", "episode", "complete", "x", "--outcome", "success", "--score", "2")]
    [InlineData("one argument too many", "recall", "two", "words")]
    [InlineData("give --task, --tools or --error", "advise")]
    [InlineData("either --tool", "episode", "log", "0198c1d2-5b1e-7f00-8000-0123456789ab")]
    [InlineData("'sideways'", "episode", "relate", "a", "sideways", "b")]
    [InlineData("tcsh", "completion", "tcsh")]
    [InlineData("Db is empty", "stats", "--db", "")]
    public async Task Wrong_usage_is_one_line_that_says_what_to_do(string message, params string[] arguments) =>
        (await _home.RunAsync(arguments)).Failed(2, message);

    [Theory]
    [InlineData(2, "'nonsense' is not an episode id", "episode", "show", "nonsense")]
    [InlineData(2, "'p1' is not a pattern id", "pattern", "show", "p1")]
    [InlineData(2, "'r1' is not a receipt id", "feedback", "r1", "--outcome", "success")]
    [InlineData(3, "no episode 0198c1d2", "episode", "complete", "0198c1d2-5b1e-7f00-8000-0123456789ab", "--outcome", "failure")]
    [InlineData(3, "no episode 0198c1d2", "episode", "log", "0198c1d2-5b1e-7f00-8000-0123456789ab", "--tool", "x")]
    [InlineData(3, "no pattern p0000000000000001", "pattern", "forget", "p0000000000000001")]
    [InlineData(3, "no receipt r0198c1d2", "feedback", "r0198c1d25b1e7f0080000123456789ab", "--outcome", "success")]
    public async Task A_malformed_id_is_wrong_usage_and_an_unknown_one_is_not_found(int exitCode, string message, params string[] arguments) =>
        (await _home.RunAsync(arguments)).Failed(exitCode, message);

    [Fact]
    public async Task A_database_that_cannot_be_opened_ends_with_4()
    {
        var text = Path.Combine(_home.Folder, "text.db");
        await File.WriteAllTextAsync(text, string.Concat(Enumerable.Repeat("This is no database. ", 100)));
        (await _home.RunAsync("stats", "--db", text)).Failed(4, "not a database");
        Assert.StartsWith("This is no database.", await File.ReadAllTextAsync(text));
        (await _home.RunAsync("stats", "--db", _home.Folder, "--json")).Failed(4, _home.Folder);
        (await _home.RunAsync("recall", "x", "--db", "gopher://example.org/x")).Failed(4, "gopher");
    }
}
