import type { Cause } from './state.ts';

/**
 * What the evidence of a WAN says now. mute: no probe can measure. pending: not enough to say anything, so nothing
 * changes.
 */
export type Verdict =
  | { readonly kind: 'mute' | 'pending' | 'well' }
  | { readonly kind: 'degraded' | 'ill'; readonly cause: Cause };
