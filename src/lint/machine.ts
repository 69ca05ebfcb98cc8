import type { Site } from '../config/site.ts';
import type { Rule, Table } from '../kernel/netfilter.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Diagnostic, Sources } from '../net/diagnostic.ts';
import type { Family } from '../net/family.ts';
import type { Roles } from './roles.ts';

/** What lint looks at as one machine: all that was read of it, and what is known around it. */
export interface Machine {
  /** Folder or file, shown where several machines are linted at once. */
  readonly name: string;
  readonly state: KernelState;
  readonly given: Given;
  readonly roles: Roles;
  /** The site that stands beside the rulesets, or alone. */
  readonly site?: Site;
  /** Texts by file, for the words of rules. */
  readonly sources: Sources;
  /** A rule that stands there as data (a snapshot, JSON), as its own program would print it. */
  readonly say?: (rule: Rule) => string | undefined;
  /** Marks in the settings that are of a known or own program: their bits are nobody else's. */
  readonly reserved: readonly ReservedMark[];
  /** Programs that the settings name as running here too, by the names of the registry of neighbours. */
  readonly neighbours: readonly string[];
  /** What config refuses in the site and profiles. */
  readonly refused: readonly Diagnostic[];
  /** Tables of iptables-nft that were given as nft lists them, without the save that tells what they say. */
  readonly listings: readonly Table[];
  /** Somebody waits for the answer: only the flows that every router has are followed, not one for each rule. */
  readonly quick?: true;
  /** Places of scripts that could not be read in full, and why. */
  readonly unchecked: readonly Diagnostic[];
}

/** Which parts of the state were read. A part that was not given is not known, which is not the same as empty. */
export interface Given {
  readonly policyRules: ReadonlySet<Family>;
  readonly routes: ReadonlySet<Family>;
  readonly rulesets: ReadonlySet<Family>;
  readonly links: boolean;
  readonly sysctls: boolean;
  /** The whole of a running machine (snapshot, --live): what is not there does not exist. */
  readonly whole: boolean;
}

/** `mark_mask`-like bits that the settings file declares. */
export interface ReservedMark {
  readonly name: string;
  readonly mask: number;
}
