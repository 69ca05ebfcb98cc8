# bash completion for polywan, printed by 'polywan completion'
_polywan() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= options= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    -c | --config) ((i++)) ;;
    -*) ;;
    *)
      command=${COMP_WORDS[i]}
      break
      ;;
    esac
  done
  case $command:$before in
    *:--config | *:-c)
      COMPREPLY=($(compgen -f -- "$word"))
      return
      ;;
  esac
  case $command in
    '')
      COMPREPLY=($(compgen -W 'init lint schema completion help --config -c --no-color --help -h --version' -- "$word"))
      return
      ;;
    help) options='init lint schema completion' ;;
    init) options='--config -c --no-color --help -h --version' ;;
    lint) options='--json --config -c --no-color --help -h --version' ;;
    schema) options='--config -c --no-color --help -h --version' ;;
    completion) options='--config -c --no-color --help -h --version' ;;
  esac
  COMPREPLY=($(compgen -W "$options" -- "$word"))
  [[ $word == -* ]] || COMPREPLY+=($(compgen -f -- "$word"))
}
complete -o filenames -F _polywan polywan
