export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * Each asks `kiln __complete` with the words up to the cursor, the last one maybe empty, as arguments: nothing that was typed is
 * evaluated. Without a proposal the shell goes on with the names of files.
 */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# bash: source <(kiln completion bash)
_kiln() {
  local line word=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS=$'\\t' read -r line _; do
    [[ -n $line ]] && COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$word" 2>/dev/null)
  [[ \${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
}
complete -o default -F _kiln kiln
`,
  zsh: `#compdef kiln
# zsh: source <(kiln completion zsh)
_kiln() {
  local line value
  local -a proposals
  while IFS= read -r line; do
    value=\${\${line%%$'\\t'*}//:/\\\\:}
    proposals+=("$value:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#proposals} )); then _describe kiln proposals; else _files; fi
}
if [[ $funcstack[1] == _kiln ]]; then _kiln "$@"; else compdef _kiln kiln; fi
`,
  fish: `# fish: kiln completion fish | source
function __kiln_complete
    set -l words (commandline -opc)
    $words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c kiln -f -n 'test -n "$(__kiln_complete)"' -a '(__kiln_complete)'
`,
};

/** What a shell loads to complete the command lines of \`kiln\`. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
