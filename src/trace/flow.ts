import type { Family } from '../net/family.ts';

/**
 * The flow to follow. What is not given is not guessed: a rule that asks for it forks the path. With `in` the packets
 * arrive there; without, the router sends them.
 */
export interface Flow {
  readonly family: Family;
  readonly in?: string;
  /** Absent: not known for a packet that arrives; for the router's own, the kernel chooses it by route. */
  readonly source?: string;
  readonly destination: string;
  /** nft's name (`tcp`, `udp`, `icmp`, `icmpv6`) or the number. */
  readonly protocol: string | number;
  readonly sourcePort?: number;
  /** Where it is not known: a program's, not that of a service; of the router's own one that the kernel gives. */
  readonly fromProgram?: boolean;
  readonly destinationPort?: number;
  /** Default: an echo request. */
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly dscp?: number;
  readonly mac?: string;
  readonly length?: number;
  /** The packet's mark on arrival, or the socket's (SO_MARK). Default 0. */
  readonly mark?: number | 'unknown';
  /** The connection is known already, answered, not translated, and carries this connmark. */
  readonly connmark?: number;
  /** Conntrack cannot place the packets (out of window and the like). */
  readonly invalid?: boolean;
  /** Of the router's own sockets. */
  readonly uid?: number;
  readonly gid?: number;
  /** Path of the socket's cgroup v2, without the leading slash. */
  readonly cgroup?: string;
  /** The device the router's own socket is bound to (SO_BINDTODEVICE). */
  readonly out?: string;
  /** The socket is connected before it sends; default true for TCP, false for the rest. */
  readonly connected?: boolean;
  /** Where replies from outside come in; default: where the first packet left. */
  readonly replyIn?: string;
}
