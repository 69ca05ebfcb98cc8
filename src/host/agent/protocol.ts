/** What a namespace's agent is asked and answers: one JSON object per line, `id` joins question and answer. */

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where a flow starts; absent parts are the kernel's choice. */
export interface FlowOrigin {
  readonly address?: string;
  readonly port?: number;
}

export interface ListenRequest {
  readonly op: 'listen';
  readonly protocol: 'tcp' | 'udp';
  readonly at: Endpoint;
  /** What the listener says of itself to everyone who calls. */
  readonly via: string;
}

export interface ConnectRequest {
  readonly op: 'connect';
  readonly to: Endpoint;
  readonly from?: FlowOrigin;
  readonly count: number;
  /** How many connections are open at the same time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

export interface DatagramsRequest {
  readonly op: 'datagrams';
  readonly to: Endpoint;
  readonly from?: FlowOrigin;
  /** Datagrams of one flow (one socket). */
  readonly count: number;
  readonly intervalMs: number;
  /** How long to wait for answers after the last one was sent. */
  readonly waitMs: number;
  /** A silent flow gets no answer; the listener only counts it under `tag`. */
  readonly silent: boolean;
  readonly tag: string;
}

/** One echo request, as the agent's user. */
export interface PingRequest {
  readonly op: 'ping';
  readonly to: string;
  readonly from?: string;
  /** Rounded up to whole seconds. */
  readonly timeoutMs: number;
}

export interface ReceivedRequest {
  readonly op: 'received';
  readonly tag: string;
}

export interface TransferStartRequest {
  readonly op: 'transfer-start';
  readonly to: Endpoint;
  readonly from?: FlowOrigin;
  /** Bytes sent and expected back; absent: until it is stopped. */
  readonly bytes?: number;
  readonly chunkBytes: number;
  /** Pause between chunks; 0 sends as fast as the connection takes them. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface TransferStatusRequest {
  readonly op: 'transfer-status' | 'transfer-stop';
  readonly transfer: number;
}

/** A client that never stops trying: what it cannot reach, and for how long, is what its user notices. */
export interface CadenceStartRequest {
  readonly op: 'cadence-start';
  readonly to: Endpoint;
  readonly from?: FlowOrigin;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export interface CadenceStopRequest {
  readonly op: 'cadence-stop';
  readonly cadence: number;
}

export type AgentRequest =
  | ListenRequest
  | ConnectRequest
  | DatagramsRequest
  | PingRequest
  | ReceivedRequest
  | TransferStartRequest
  | TransferStatusRequest
  | CadenceStartRequest
  | CadenceStopRequest;

/** `answered`: the other side spoke. `silent`: connected, but nothing was said. */
export type FlowOutcome =
  | 'answered'
  | 'silent'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'timeout'
  | `error ${string}`;

/** What became of one connection or datagram, and what the listener said: who it is and whom it saw calling. */
export interface FlowReport {
  readonly outcome: FlowOutcome;
  readonly via?: string;
  readonly peer?: string;
}

export interface CadenceAttempt extends FlowReport {
  /** When it began, since the epoch. */
  readonly atMs: number;
  readonly tookMs: number;
}

/** What a listener saw of one silent flow. */
export interface SeenFlow {
  readonly via: string;
  readonly peer: string;
  readonly datagrams: number;
}

export interface TransferReport {
  readonly via: string;
  readonly peer: string;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Every byte came back as it was sent, in order. */
  readonly intact: boolean;
  /** Absent while it runs; `complete` when all bytes came back or it was asked to stop. */
  readonly ended?: 'complete' | FlowOutcome;
}

/** The answer of each question. */
export interface AgentAnswers {
  readonly listen: true;
  readonly connect: readonly FlowReport[];
  readonly datagrams: readonly FlowReport[];
  readonly ping: FlowOutcome;
  readonly received: readonly SeenFlow[];
  readonly 'transfer-start': number;
  readonly 'transfer-status': TransferReport;
  readonly 'transfer-stop': TransferReport;
  readonly 'cadence-start': number;
  readonly 'cadence-stop': readonly CadenceAttempt[];
}

export type AgentLine =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };
