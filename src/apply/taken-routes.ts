import { routeCommand } from '../codec/ip-batch.ts';
import { isOwnRoute } from '../kernel/ownership.ts';
import type { Route } from '../kernel/routing.ts';
import type { KernelState } from '../kernel/state.ts';
import type { Plan } from '../plan/plan.ts';
import { describeRoute } from './describe.ts';
import { Refusal } from './refusal.ts';
import { routeKey } from './same-routing.ts';

/**
 * A table that a profile names may have routes already. Of two with one key the kernel keeps the last one written, so
 * polywan's would take the other's place, and nothing would bring that one back.
 */
export function refuseTakenRoutes({ routes }: KernelState, plan: Plan): void {
  const tables = new Set(plan.desired.routes.map(({ table }) => table));
  const keys = new Set(plan.desired.routes.map(routeKey));
  const taken = routes.find(
    (route) => tables.has(route.table) && !isOwnRoute(route) && keys.has(routeKey(route)),
  );
  if (taken === undefined) return;
  const wan = plan.wans.find(({ table }) => table === taken.table);
  const place = wan === undefined ? '' : `${wan.origin.span.file}:${wan.origin.line}: `;
  throw new Refusal(
    `${place}table ${taken.table}, where WAN ${wan?.name} is to have its default, has one of another program: ${describeRoute(taken)} (protocol ${taken.protocol}); take it away with \`${deletion(taken)}\`, or give the WAN another table; nothing was changed`,
  );
}

function deletion(route: Route): string {
  return `ip ${route.family === 'ipv6' ? '-6 ' : ''}${routeCommand('del', route)}`;
}
