namespace SmtpTransport.Tool;

/// <summary>Scripts for shells. They ask the tool itself what may follow, and leave the names of files to the shell.</summary>
internal static class CompletionScripts
{
    private const string Bash = """
        # For ~/.bashrc: source <(smtp-transporter completion bash)
        _smtp_transporter()
        {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}" IFS=$'\n'
            line="${line#*[[:space:]]}"
            COMPREPLY=($(compgen -W "$(smtp-transporter "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _smtp_transporter smtp-transporter

        """;

    private const string Zsh = """
        # For ~/.zshrc, behind compinit: source <(smtp-transporter completion zsh)
        _smtp_transporter()
        {
            local line="${(j: :)words[2,CURRENT]}"
            local -a names
            names=("${(@f)$(smtp-transporter "[suggest:${#line}]" "$line" 2>/dev/null)}")
            names=("${(@)names:#}")
            compadd -- "${(@)names}" || _files
        }
        compdef _smtp_transporter smtp-transporter

        """;

    private const string Fish = """
        # For ~/.config/fish/completions/smtp-transporter.fish
        function __smtp_transporter_complete
            set -l line (string join " " -- (commandline -opc)[2..-1] (commandline -ct))
            smtp-transporter "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c smtp-transporter -a "(__smtp_transporter_complete)"

        """;

    private const string PowerShell = """
        # For $PROFILE: smtp-transporter completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName smtp-transporter -ScriptBlock {
            param($word, $ast, $position)
            $text = $ast.ToString().PadRight($position).Substring(0, $position)
            $line = $text -replace '^\S+\s?', ''
            smtp-transporter "[suggest:$($line.Length)]" $line 2>$null |
                Where-Object { $_.StartsWith($word) } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }

        """;

    /// <summary>The shells that there is a script for.</summary>
    public static IReadOnlyList<string> Shells => ["bash", "zsh", "fish", "pwsh"];

    /// <exception cref="UsageException">There is no script for the shell.</exception>
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" => PowerShell,
        _ => throw new UsageException($"There is no script for {shell}. The shells are {string.Join(", ", Shells)}."),
    };
}
