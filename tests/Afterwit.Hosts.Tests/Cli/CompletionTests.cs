namespace Afterwit.Hosts.Tests.Cli;

public sealed class CompletionTests : IDisposable
{
    private const string Complete = """
        source <(afterwit completion bash)
        complete_line() { COMP_LINE=$1; COMP_POINT=${#1}; read -ra COMP_WORDS <<< "$1"; [[ $1 == *' ' ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _afterwit; echo "${COMPREPLY[*]}"; }

        """;

    private readonly CliHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Bash_completes_commands_options_and_values()
    {
        var result = (await _home.BashAsync(Complete + """
            complete_line "afterwit epi"
            complete_line "afterwit episode c"
            complete_line "afterwit recall --incl"
            complete_line "afterwit episode complete x --outcome "
            complete_line "afterwit nothing-like-it x"
            complete -p afterwit
            """)).Succeeded();
        Assert.Empty(result.Error);
        var lines = result.Output.Split('\n');
        Assert.Equal(["episode", "checkpoint complete", "--include-failed", "abstained failure partial success", ""], lines[..5]);
        Assert.Contains("-F _afterwit", lines[5]);
    }

    [Theory]
    [InlineData("zsh", "compdef _afterwit afterwit")]
    [InlineData("fish", "complete --command afterwit")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Other_shells_get_their_script(string shell, string line) => Assert.Contains(line, (await _home.RunAsync("completion", shell)).Succeeded().Output);
}
