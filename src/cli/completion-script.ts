import type { Command, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { visibleOptions } from './help.ts';

/** Placeholders of values that are paths: bash completes file names for them. */
const PATH_VALUES: readonly string[] = ['FILE', 'DIR', 'PATH', 'SNAPSHOT'];

/** Placeholder of the name of a WAN: bash asks polywan for those of the site that the line names. */
const WAN_VALUE = 'WAN';

const OFFER_WANS = 'COMPREPLY=($(compgen -W "$(_polywan_wans)" -- "$word"))';

/**
 * A bash script that completes commands, options, choices and file names, from the commands' tables alone, and names of
 * WANs.
 */
export function completionScript(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = visibleOptions({ ...command.options, ...GLOBAL_OPTIONS });
    const words = command.positionals.flatMap(({ choices }) => choices ?? []);
    const takesPath = command.positionals.some(({ name }) => PATH_VALUES.includes(name.toUpperCase()));
    const wan = command.positionals.findIndex(({ name }) => name.toUpperCase() === WAN_VALUE);
    const own = `${words.length === 0 ? '' : ` words='${words.join(' ')}'`}${takesPath ? ' paths=1' : ''}${wan === -1 ? '' : ` wan=${wan}`}`;
    return `    ${command.name}) options='${options.flatMap(([name, spec]) => optionWords(name, spec)).join(' ')}'${own} ;;`;
  });
  const globals = visibleOptions(GLOBAL_OPTIONS).flatMap(([name, spec]) => optionWords(name, spec));
  return `# bash completion for polywan, printed by 'polywan completion'
_polywan_wans() {
  "\${COMP_WORDS[0]}" completion --wans "\${site[@]}" 2>/dev/null
}
# Where nothing else is offered readline offers files itself, and knows of quotes, blanks and ~.
_polywan_files() { compopt -o default; }
_polywan() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command= options= words= paths= wan= given=0 site=() i
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    -c | --config)
      ((i++))
      if [[ \${COMP_WORDS[i]} == = ]]; then ((i++)); fi
      site=(-c "\${COMP_WORDS[i]}")
      ;;
    -*) ;;
    *) if [[ -z $command ]]; then command=\${COMP_WORDS[i]}; else ((++given)); fi ;;
    esac
  done
  case $command:$before in
${valueCases(commands).join('\n')}
  esac
  case $command in
    '')
      COMPREPLY=($(compgen -W '${[...commands.map(({ name }) => name), 'help', ...globals].join(' ')}' -- "$word"))
      return
      ;;
    help) words='${commands.map(({ name }) => name).join(' ')}' ;;
${cases.join('\n')}
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ -n $words && $given == 0 ]]; then COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [[ $wan == "$given" ]]; then ${OFFER_WANS}
  elif [[ -n $paths ]]; then _polywan_files
  elif [[ -z $words ]]; then COMPREPLY=($(compgen -W "$options" -- "$word")); fi
}
complete -F _polywan polywan
`;
}

function optionWords(name: string, spec: OptionSpec): string[] {
  return [`--${name}`, ...(spec.alias === undefined ? [] : [`-${spec.alias}`])];
}

function valueCases(commands: readonly Command[]): string[] {
  const own = commands.flatMap((command) =>
    visibleOptions(command.options).flatMap(([name, spec]) => valueCase(command.name, name, spec)),
  );
  return [...own, ...visibleOptions(GLOBAL_OPTIONS).flatMap(([name, spec]) => valueCase('*', name, spec))];
}

/** What may stand after an option that takes a value; nothing is offered for free text. */
function valueCase(command: string, name: string, spec: OptionSpec): string[] {
  if (spec.type === 'boolean') return [];
  const patterns = optionWords(name, spec).map((word) => `${command}:${word}`);
  return [`    ${patterns.join(' | ')})`, `      ${offerValues(spec)}`, '      return', '      ;;'];
}

function offerValues({ choices, valueName = '' }: OptionSpec): string {
  if (choices !== undefined) return `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$word"))`;
  if (valueName === WAN_VALUE) return OFFER_WANS;
  return PATH_VALUES.includes(valueName) ? '_polywan_files' : 'COMPREPLY=()';
}
