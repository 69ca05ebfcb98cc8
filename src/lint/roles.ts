/**
 * Interfaces by what they are for; others are neither outside nor inside (a tunnel, a container bridge, loopback). A
 * trailing `+` or `*` means every name with that beginning, as in rulesets.
 */
export interface Roles {
  readonly wans: readonly string[];
  readonly lans: readonly string[];
  readonly others: readonly string[];
  /** How it is known, as sentences: what had to be guessed is among a finding's `assumed`. */
  readonly guessed: readonly string[];
  /** Nothing tells what interfaces are for: it may as well be this. */
  readonly otherwise?: Roles;
}

/** What `polywan.lint.yaml` says of roles. */
export interface RoleSettings {
  readonly wan: readonly string[];
  readonly lan: readonly string[];
}
