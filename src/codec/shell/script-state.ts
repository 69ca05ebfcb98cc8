import type { Table } from '../../kernel/netfilter.ts';
import type { PolicyRule, Route } from '../../kernel/routing.ts';
import type { Diagnostic } from '../../net/diagnostic.ts';
import type { Span } from '../../net/span.ts';
import type { TableNames } from '../ip-names.ts';
import { withGatewayDevices } from './gateway-devices.ts';
import type { HereText } from './here-document.ts';
import { IptablesBuilder } from './iptables-builder.ts';

/** nft commands of a script as one text; each line with its place in the script. */
export interface ScriptNft {
  readonly text: string;
  readonly lines: readonly Span[];
}

/** What a script makes of a machine that has nothing before. */
export interface ScriptRead {
  readonly tables: readonly Table[];
  readonly policyRules: readonly PolicyRule[];
  readonly routes: readonly Route[];
  readonly nft?: ScriptNft;
  /** What could not be read, and why. */
  readonly unchecked: readonly Diagnostic[];
}

/** What stands around a script. */
export interface Around {
  /** Names of files of the same machine whose rules are read there. */
  readonly beside: ReadonlySet<string>;
  /** The text of the file that has this name in the script's folder. */
  readonly settingsOf: (name: string) => string | undefined;
}

export const ALONE: Around = { beside: new Set(), settingsOf: () => undefined };

const NO_RULES: HereText = { text: '', lines: [], place: (span) => span };

/** Grows while the script is read. */
export class ScriptState {
  readonly iptables = new IptablesBuilder();
  readonly names: TableNames;
  readonly around: Around;
  readonly policyRules: PolicyRule[] = [];
  readonly routes: Route[] = [];
  readonly unchecked: Diagnostic[] = [];
  /** What it has written to files, or why that is not known. */
  readonly files = new Map<string, HereText | string>();
  private readonly nftText: string[] = [];
  private readonly nftLines: Span[] = [];

  constructor(names: TableNames, around: Around) {
    this.names = names;
    this.around = around;
  }

  addNft(line: string, span: Span): void {
    this.nftText.push(`${line}\n`);
    this.nftLines.push(span);
  }

  /** The rules that a file adds where it is loaded, or why they are not known: none of one that is read by itself. */
  rulesIn(file: string): HereText | string | undefined {
    const written = this.files.get(file);
    if (written !== undefined) return written;
    return this.around.beside.has(file.slice(file.lastIndexOf('/') + 1)) ? NO_RULES : undefined;
  }

  /** Whether the script has made this nft object before: `table inet x`. */
  hasNft(words: string): boolean {
    return this.nftText.some((line) =>
      line
        .split(words)
        .slice(1)
        .some((rest) => !/^[\w.-]/.test(rest)),
    );
  }

  /** Whether some of its nft objects are named within their table alone. */
  hasNftBlocks(): boolean {
    return this.nftText.some((line) => /\btable\s[^;{]*\{/.test(line));
  }

  leaveOut({ file, start, end }: Span, message: string): void {
    if (!this.unchecked.some(({ span }) => span.start === start && span.file === file))
      this.unchecked.push({ message, span: { file, start, end } });
  }

  result(): ScriptRead {
    const { policyRules, unchecked } = this;
    const tables = this.iptables.tables();
    const routes = withGatewayDevices(this.routes);
    const nft = { text: this.nftText.join(''), lines: this.nftLines };
    const read = { tables, policyRules, routes, unchecked };
    return this.nftText.length === 0 ? read : { ...read, nft };
  }
}
