# bash completion for polywan, printed by 'polywan completion'
_polywan_wans() {
  "${COMP_WORDS[0]}" completion --wans "${site[@]}" 2>/dev/null
}
# Where nothing else is offered readline offers files itself, and knows of quotes, blanks and ~.
_polywan_files() { compopt -o default; }
_polywan() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= options= words= paths= wan= given=0 site=() i
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    -c | --config)
      ((i++))
      if [[ ${COMP_WORDS[i]} == = ]]; then ((i++)); fi
      site=(-c "${COMP_WORDS[i]}")
      ;;
    -*) ;;
    *) if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else ((++given)); fi ;;
    esac
  done
  case $command:$before in
    lint:--settings)
      _polywan_files
      return
      ;;
    lint:--severity)
      COMPREPLY=($(compgen -W 'error warning note' -- "$word"))
      return
      ;;
    lint:--max-warnings)
      COMPREPLY=()
      return
      ;;
    lint:--baseline)
      _polywan_files
      return
      ;;
    lint:--format)
      COMPREPLY=($(compgen -W 'text json sarif github compact' -- "$word"))
      return
      ;;
    lint:--explain)
      COMPREPLY=()
      return
      ;;
    plan:--on)
      _polywan_files
      return
      ;;
    render:--backend)
      COMPREPLY=($(compgen -W 'nftables iptables' -- "$word"))
      return
      ;;
    apply:--confirm)
      COMPREPLY=()
      return
      ;;
    apply:--wait)
      COMPREPLY=()
      return
      ;;
    monitor:--record)
      _polywan_files
      return
      ;;
    monitor:--metrics)
      COMPREPLY=()
      return
      ;;
    log:--lines | log:-n)
      COMPREPLY=()
      return
      ;;
    trace:--in)
      COMPREPLY=()
      return
      ;;
    trace:--src)
      COMPREPLY=()
      return
      ;;
    trace:--dst)
      COMPREPLY=()
      return
      ;;
    trace:--proto)
      COMPREPLY=()
      return
      ;;
    trace:--sport)
      COMPREPLY=()
      return
      ;;
    trace:--dport)
      COMPREPLY=()
      return
      ;;
    trace:--mark)
      COMPREPLY=()
      return
      ;;
    trace:--connmark)
      COMPREPLY=()
      return
      ;;
    trace:--on)
      _polywan_files
      return
      ;;
    trace:--down)
      COMPREPLY=($(compgen -W "$(_polywan_wans)" -- "$word"))
      return
      ;;
    snapshot:--output | snapshot:-o)
      _polywan_files
      return
      ;;
    *:--config | *:-c)
      _polywan_files
      return
      ;;
  esac
  case $command in
    '')
      COMPREPLY=($(compgen -W 'init lint explain plan render apply confirm rollback monitor status wan log remove trace verify rehearse replay snapshot schema completion help --config -c --no-color --help -h --version' -- "$word"))
      return
      ;;
    help) words='init lint explain plan render apply confirm rollback monitor status wan log remove trace verify rehearse replay snapshot schema completion' ;;
    init) options='--config -c --no-color --help -h --version' paths=1 ;;
    lint) options='--live --settings --severity --max-warnings --baseline --update-baseline --fix --dry-run --format --json --explain --config -c --no-color --help -h --version' paths=1 ;;
    explain) options='--config -c --no-color --help -h --version' words='accept-before-save mark-not-saved reroll-while-new mark-after-routing save-in-wrong-hook restore-in-wrong-hook restore-never-fed reply-overwrites-mark output-mark-not-rerouted local-reply-loses-mark connmark-without-conntrack left-unsaved foreign-bits-clobbered unmasked-fwmark-rule mask-mismatch mark-overlap mark-value-outside-mask mark-without-rule rule-without-mark table-without-default mark-leaks-to-main replies-routed-by-mark duplicate-priority strict-rp-filter default-by-two-wans wan-without-nat masquerade-everything masquerade-catches-loopback snat-on-dynamic-address nat-before-notrack forward-reply-by-other-wan missing-commit undefined-chain-or-set jump-loop unreachable-rule unknown-target families-differ iptables-nft-listing both-frontends-loaded steering-rule-shadowed policy-unused wan-unused members-share-interface probe-target-shared probe-target-elsewhere thresholds-flap failback-without-health config-invalid script-not-fully-checked bad-suppression unused-suppression' ;;
    plan) options='--exit-code --on --json --config -c --no-color --help -h --version' ;;
    render) options='--backend --live --json --config -c --no-color --help -h --version' ;;
    apply) options='--confirm --dry-run --boot --wait --json --config -c --no-color --help -h --version' ;;
    confirm) options='--config -c --no-color --help -h --version' ;;
    rollback) options='--config -c --no-color --help -h --version' ;;
    monitor) options='--watch-config --record --metrics --config -c --no-color --help -h --version' ;;
    status) options='--json --watch --config -c --no-color --help -h --version' ;;
    wan) options='--config -c --no-color --help -h --version' words='up down auto' wan=1 ;;
    log) options='--lines -n --transitions --follow -f --json --config -c --no-color --help -h --version' ;;
    remove) options='--json --config -c --no-color --help -h --version' ;;
    trace) options='--in --out --src --dst --proto --sport --dport --mark --connmark --on --live --down --verbose -v --json --config -c --no-color --help -h --version' ;;
    verify) options='--json --config -c --no-color --help -h --version' ;;
    rehearse) options='--json --config -c --no-color --help -h --version' ;;
    replay) options='--json --config -c --no-color --help -h --version' paths=1 ;;
    snapshot) options='--output -o --mask --config -c --no-color --help -h --version' ;;
    schema) options='--config -c --no-color --help -h --version' words='site profile lint' ;;
    completion) options='--config -c --no-color --help -h --version' ;;
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ -n $words && $given == 0 ]]; then COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [[ $wan == "$given" ]]; then COMPREPLY=($(compgen -W "$(_polywan_wans)" -- "$word"))
  elif [[ -n $paths ]]; then _polywan_files
  elif [[ -z $words ]]; then COMPREPLY=($(compgen -W "$options" -- "$word")); fi
}
complete -F _polywan polywan
