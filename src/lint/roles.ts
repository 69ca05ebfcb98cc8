/** What an interface is for. `other`: neither outside nor inside (a tunnel, a container bridge, loopback). */
export type Role = 'wan' | 'lan' | 'other';

/** Interfaces by role. A trailing `+` or `*` means every name with that beginning, as in rulesets. */
export interface Roles {
  readonly wans: readonly string[];
  readonly lans: readonly string[];
  readonly others: readonly string[];
  /** How it is known, as sentences: what had to be guessed is among a finding's `assumed`. */
  readonly guessed: readonly string[];
}

/** What `polywan.lint.yaml` says of roles. */
export interface RoleSettings {
  readonly wan: readonly string[];
  readonly lan: readonly string[];
}
