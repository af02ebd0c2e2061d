using System.CommandLine;

namespace Afterwit.Cli.Commands;

/// <summary>`afterwit completion`: the script that lets a shell complete command lines of this program. The program itself answers what may follow: <c>afterwit "[suggest:POSITION]" "LINE"</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # afterwit completion for bash. Put into ~/.bashrc: eval "$(afterwit completion bash)"
        _afterwit() {
          local word current=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]}
          local line=${COMP_LINE:${#program}+1}
          COMPREPLY=()
          while IFS= read -r word; do
            [[ -n $word && $word == "$current"* ]] && COMPREPLY+=("$word")
          done < <("${program/#\~/$HOME}" "[suggest:$((COMP_POINT - ${#program} - 1))]" "$line" 2>/dev/null)
        }
        complete -o default -F _afterwit afterwit
        """;

    private const string Zsh = """
        #compdef afterwit
        # afterwit completion for zsh. Put into ~/.zshrc after compinit: eval "$(afterwit completion zsh)"
        _afterwit() {
          local program=${words[1]}
          local -a found
          found=("${(@f)$("${program/#\~/$HOME}" "[suggest:$((CURSOR - ${#program} - 1))]" "${BUFFER:$(( ${#program} + 1 ))}" 2>/dev/null)}")
          found=(${found:#})
          if (( ${#found} )); then compadd -- $found; else _files; fi
        }
        compdef _afterwit afterwit
        """;

    private const string Fish = """
        # afterwit completion for fish. Save as ~/.config/fish/completions/afterwit.fish, or: afterwit completion fish | source
        function __afterwit_complete
          set -l line (commandline --current-process --cut-at-cursor | string collect)
          set -l rest (string replace --regex '^\s*\S+\s?' '' -- $line | string collect)
          afterwit "[suggest:"(string length -- "$rest")"]" "$rest" 2>/dev/null
        end
        complete --command afterwit --arguments '(__afterwit_complete)'
        """;

    private const string PowerShell = """
        # afterwit completion for PowerShell. Put into $PROFILE: afterwit completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName afterwit -ScriptBlock {
          param($wordToComplete, $commandAst, $cursorPosition)
          $line = $commandAst.ToString()
          $start = $commandAst.CommandElements[0].Extent.Text.Length + 1
          $position = [Math]::Max(0, $cursorPosition - $commandAst.Extent.StartOffset - $start)
          $rest = $line.Substring([Math]::Min($line.Length, $start)).PadRight($position)
          afterwit "[suggest:$position]" "$rest" 2>$null | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }
        """;

    private static readonly Choice<string> Shells = new(("bash", Bash), ("zsh", Zsh), ("fish", Fish), ("pwsh", PowerShell));
    private static readonly Argument<string> Shell = Shells.Argument("SHELL", "The shell.");

    public static Command Create() =>
        new Command("completion", "Print the script that lets a shell complete command lines of afterwit. Its first line says where to put it.") { Shell }.Runs(parsed =>
        {
            Console.Out.Write(Shells.Of(parsed.GetRequiredValue(Shell)).ReplaceLineEndings("\n") + "\n");
            return ExitCode.Done;
        });
}
