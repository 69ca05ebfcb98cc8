/** Targets that exist, in the kernel or beside it, and that are not modelled: what they do is not known here. */
// biome-ignore format: a list reads better in rows
const KNOWN: ReadonlySet<string> = new Set([
  'SYNPROXY', 'CLUSTERIP', 'SNPT', 'DNPT', 'MIRROR', 'SAME', 'ROUTE', 'BALANCE', 'IMQ', 'TARPIT', 'DELUDE', 'CHAOS',
  'ACCOUNT', 'DNETMAP', 'ECHO', 'IPMARK', 'LOGMARK', 'PROTO', 'STEAL', 'SYSRQ', 'DHCPMAC', 'RAWDNAT', 'RAWSNAT', 'XOR',
  'IPV4OPTSSTRIP', 'FLOWOFFLOAD', 'FULLCONENAT', 'TRIGGER', 'WEBSTR', 'BCOUNT', 'MACSAVE', 'SKIPLOG', 'NDPI', 'PKNOCK',
]);

/** Modelled targets, of which only some options are. */
// biome-ignore format: a list reads better in rows
const MODELLED: ReadonlySet<string> = new Set([
  'MARK', 'CONNMARK', 'CT', 'HMARK', 'SET', 'TPROXY', 'TCPMSS', 'DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP',
  'REJECT', 'ACCEPT', 'DROP', 'RETURN', 'QUEUE', 'NFQUEUE', 'NOTRACK',
]);

/**
 * Whether `-j NAME` can only mean a chain: it has no options, and no target has such a name. Names of targets are in
 * capitals; one in capitals that nobody here has heard of may be a target of this machine.
 */
export function isChainName(name: string, text: string): boolean {
  return text === `-j ${name}` && /[a-z]/.test(name) && !isTargetName(name);
}

export function isTargetName(name: string): boolean {
  return KNOWN.has(name) || MODELLED.has(name);
}

/** A target that is known but for the options of this rule. */
export function isModelled(name: string): boolean {
  return MODELLED.has(name);
}
