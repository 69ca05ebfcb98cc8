import { commandOf, type Hook } from '../../codec/interfaces/hooks.ts';
import { ifupdownHooks, isIfupdown } from '../../codec/interfaces/ifupdown.ts';
import { isNetworkd, networkdHooks } from '../../codec/interfaces/networkd.ts';
import { isWgQuick, wgQuickHooks } from '../../codec/interfaces/wg-quick.ts';
import { type Recognized, recognize } from '../../codec/recognize.ts';
import { netplanHooks } from './netplan.ts';

/** What lint reads beside what trace reads. */
export type LintKind = Recognized | { readonly kind: 'site' | 'profile' | 'settings' | 'script' } | HooksKind;

/** Interfaces with what is done when they come up. */
export interface HooksKind {
  readonly kind: 'hooks';
  readonly of: 'ifupdown' | 'netplan' | 'networkd' | 'wg-quick';
  readonly hooks: readonly Hook[];
}

/** A file that was opened, and what it is. */
export interface LintFile {
  readonly file: string;
  readonly text: string;
  readonly kind: LintKind;
}

/** The settings' own name: wherever it is met, it is that and nothing else. */
export const SETTINGS_NAME = 'polywan.lint.yaml';

/**
 * What a text is. A file that is named is meant to be read, so that a YAML file is a site or a profile even when its keys
 * are unknown; in a folder stand other programs' files too.
 */
export function recognizeFile(text: string, file: string, named: boolean): LintKind {
  if (baseName(file) === SETTINGS_NAME) return { kind: 'settings' };
  if (text.includes('\0')) return { kind: 'unknown', reason: 'this is no text' };
  if (OTHER_LANGUAGE.test(text)) return NO_SHELL;
  if (SHELL.test(text)) return MENTION.test(text) ? { kind: 'script' } : NO_RULES;
  const hooks = hooksIn(text, file);
  if (hooks !== undefined) return hooks.hooks.some(mentions) ? hooks : NO_RULES_IN_HOOKS;
  const yaml = yamlKind(text, named && /\.ya?ml$/i.test(file));
  if (yaml !== undefined) return { kind: yaml };
  const recognized = recognize(text, file);
  if (recognized.kind !== 'unknown') return recognized;
  return isScript(text) ? { kind: 'script' } : { ...recognized, reason: withOwnKinds(recognized.reason) };
}

/** trace, which the words were written for, reads none of these. */
function withOwnKinds(reason: string): string {
  return reason.replace(
    /^(this is none of: .*)/,
    '$1, shell script or interfaces with commands of these, networkd or netplan file with policy rules, site, profile',
  );
}

export function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

const SHELL = /^#!\s*\S*\/(?:env\s+(?:-\S+\s+)*)?(?:ba|da|a|k|z)?sh\b|^#!\s*\S*\/openrc-run\b/;

/** Its lines may look like a shell's: `$ipt -A …`. */
const OTHER_LANGUAGE = /^#!.*\b(?:perl|python[\d.]*|ruby|php|node|lua|[gm]?awk|expect|tclsh)\b/;

const NO_SHELL: LintKind = { kind: 'unknown', reason: 'of scripts lint reads those of a shell' };

const NO_RULES: LintKind = {
  kind: 'unknown',
  reason: 'this script has no iptables, nft, ip rule or ip route command',
};

const NO_RULES_IN_HOOKS: LintKind = {
  kind: 'unknown',
  reason: 'these interfaces have no policy rules, nor run commands that make rules',
};

function hooksIn(text: string, file: string): HooksKind | undefined {
  if (isIfupdown(text)) return { kind: 'hooks', of: 'ifupdown', hooks: ifupdownHooks(text) };
  if (isNetworkd(text)) return { kind: 'hooks', of: 'networkd', hooks: networkdHooks(text) };
  const planned = netplanHooks(text, file);
  if (planned !== undefined) return { kind: 'hooks', of: 'netplan', hooks: planned };
  if (isWgQuick(text)) return { kind: 'hooks', of: 'wg-quick', hooks: wgQuickHooks(text, file) };
  return undefined;
}

function mentions(hook: Hook): boolean {
  return hook.isWritten && MENTION.test(commandOf(hook));
}

/** A command of these, with what may stand before it in a script: a line up to the sign that ends it, and words. */
const COMMAND =
  /^[ \t]*(?:(?=[^\s#]).*[;&|({][ \t]*)?(?:(?:do|then|else|sudo|exec|!)[ \t]+)*(?:\$\{?\w+\}?|"\$\{?\w+\}?"|(?:\/[\w/.-]*\/)?(?:ip6?tables(?:-legacy|-nft)?(?:-restore)?|nft|ip))[ \t]+(?:-|rule|route|add|<|flush|insert)/m;

function isScript(text: string): boolean {
  return COMMAND.test(text) && MENTION.test(text);
}

/**
 * A line that names one of them and is no comment. That is enough where the first line says that it is a script, as anything
 * may stand before a command: `timeout 10 iptables`.
 */
const MENTION =
  /^(?![ \t]*#).*(?:ip6?tables|\bnft\b|\bip[ \t]+(?:-\S+[ \t]+)*(?:rule|route|ru|ro|-b(?:a(?:t(?:ch?)?)?)?)\b)/m;

const SITE_KEYS = ['lan', 'profiles', 'policies', 'steering', 'local_traffic', 'mark_mask'];
const PROFILE_KEYS = [
  'gateway',
  'families',
  'masquerade',
  'snat',
  'table',
  'mark',
  'sources',
  'probes',
  'health',
];

/** By the keys that begin lines. */
function yamlKind(text: string, meant: boolean): 'site' | 'profile' | undefined {
  const keys = new Set<string>();
  for (const [, key = ''] of text.slice(0, PART).matchAll(/^([A-Za-z_]\w*)[ \t]*:(?=[ \t\r]|$)/gm))
    keys.add(key);
  const has = (names: readonly string[]) => names.some((name) => keys.has(name));
  if (keys.has('interface') && !keys.has('version') && (meant || keys.has('name') || has(PROFILE_KEYS)))
    return 'profile';
  return meant || (keys.has('version') && has(SITE_KEYS)) ? 'site' : undefined;
}

/** The first keys tell; a ruleset of a hundred thousand rules is not searched for them. */
const PART = 65_536;
