import type { Command, Flag } from './command.ts';
import { documentedBlocks } from './block-names.ts';

/** The shells that have a completion script. */
export const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash,
  zsh,
  fish,
  ksh,
};

const SHELL_NAMES = Object.keys(SHELLS).join(' ');

/** The words of a list of flags as they are typed: `-force`, `-on-error=cleanup`, `-var=`. */
function flagWords(flags: readonly Flag[]): string[] {
  return flags.flatMap((flag) => {
    if (flag.kind === 'switch') return [`-${flag.name}${flag.default === 'true' ? '=false' : ''}`];
    return flag.choices ? flag.choices.map((choice) => `-${flag.name}=${choice}`) : [`-${flag.name}=`];
  });
}

/** Words that can stand as the operand; "" where it is a file. */
function operandWords(command: Command, commands: readonly Command[]): string {
  switch (command.operand?.completes) {
    case 'command':
      return commands.map(({ name }) => name).join(' ');
    case 'shell':
      return SHELL_NAMES;
    case 'block':
      return documentedBlocks().join(' ');
    default:
      return '';
  }
}

function takesFile(command: Command): boolean {
  return command.operand?.completes === 'template' || command.operand?.completes === 'file';
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const words = [...flagWords(command.flags), operandWords(command, commands)].join(' ').trim();
    return `    ${command.name}) words='${words}'; files=${takesFile(command) ? 1 : 0} ;;`;
  });
  return `# bash completion for vmm-hcl
_vmm_hcl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words files=0 line word
  COMPREPLY=()
  # "=" breaks words: put the pieces of -flag=value together again.
  line="\${COMP_LINE:0:COMP_POINT}"
  word="\${line##*[[:space:]]}"
  case "$COMP_CWORD" in
    1) COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$current")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) return ;;
  esac
  case "$word" in
    -var-file=*|-vm-conf=*) COMPREPLY=($(compgen -f -- "\${word#*=}")); return ;;
    -*=*)
      COMPREPLY=($(compgen -W "$words" -- "$word"))
      COMPREPLY=("\${COMPREPLY[@]#*=}")
      return ;;
    -*)
      COMPREPLY=($(compgen -W "$words" -- "$word"))
      [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
      return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ "$files" = 1 ] && COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _vmm_hcl vmm-hcl
`;
}

function zsh(commands: readonly Command[]): string {
  const summaries = commands.map(({ name, summary }) => `    ${single(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const specs = command.flags.map((flag) => `      ${single(zshSpec(flag))}`);
    if (takesFile(command)) specs.push(`      ${single(`*:${command.operand!.name}:_files`)}`);
    const words = operandWords(command, commands);
    if (words !== '') specs.push(`      ${single(`1:${command.operand!.name}:(${words})`)}`);
    return `    ${command.name}) _arguments \\\n${specs.join(' \\\n')} ;;`;
  });
  return `#compdef vmm-hcl
# zsh completion for vmm-hcl
_vmm_hcl() {
  local -a commands=(
${summaries.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.filter((text) => !text.endsWith('\\\n ;;')).join('\n')}
  esac
}
if [ "$funcstack[1]" = "_vmm_hcl" ]; then
  _vmm_hcl "$@"
else
  compdef _vmm_hcl vmm-hcl
fi
`;
}

function zshSpec(flag: Flag): string {
  const help = `[${flag.help.replaceAll(/[[\]\\:]/g, '\\$&')}]`;
  const many = flag.kind === 'list' || flag.kind === 'names' ? '*' : '';
  if (flag.kind === 'switch') {
    return flag.default === 'true' ? `-${flag.name}=${help}:on or off:(true false)` : `-${flag.name}${help}`;
  }
  const action = flag.choices ? `(${flag.choices.join(' ')})` : flag.completes ? '_files' : ' ';
  return `${many}-${flag.name}=${help}:${flag.value ?? flag.name}:${action}`;
}

function fish(commands: readonly Command[]): string {
  const lines = ['# fish completion for vmm-hcl', 'complete -c vmm-hcl -f'];
  for (const command of commands) {
    lines.push(
      `complete -c vmm-hcl -n __fish_use_subcommand -a ${command.name} -d ${fishQuote(command.summary)}`,
    );
    const inside = `-n '__fish_seen_subcommand_from ${command.name}'`;
    for (const flag of command.flags) {
      const values = flag.choices
        ? ` -x -a '${flag.choices.join(' ')}'`
        : flag.completes
          ? ' -r -F'
          : flag.kind === 'switch'
            ? ''
            : ' -x';
      // -o: a long option with one dash, as Packer's are.
      lines.push(`complete -c vmm-hcl ${inside} -o ${flag.name}${values} -d ${fishQuote(flag.help)}`);
    }
    const words = operandWords(command, commands);
    if (words !== '') lines.push(`complete -c vmm-hcl ${inside} -a '${words}'`);
    if (takesFile(command)) lines.push(`complete -c vmm-hcl ${inside} -F`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * OpenBSD's ksh completes words from an array that is named after the command. A hyphen cannot stand in that name, so the
 * script brings an alias without one.
 */
function ksh(commands: readonly Command[]): string {
  const flags = [...new Set(commands.flatMap((command) => flagWords(command.flags)))].sort();
  return `# completion for vmm-hcl in OpenBSD's ksh(1), which needs a name without a hyphen: type vmmhcl
alias vmmhcl=vmm-hcl
set -A complete_vmmhcl_1 -- ${commands.map(({ name }) => name).join(' ')}
set -A complete_vmmhcl -- ${flags.join(' ')}
`;
}

function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
