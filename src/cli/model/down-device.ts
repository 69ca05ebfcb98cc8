import type { KernelState } from '../../kernel/state.ts';

/** The state with this interface down, as the kernel leaves it: its routes and IPv6 addresses are gone. */
export function withDeviceDown(state: KernelState, device: string): KernelState {
  return {
    ...state,
    links: state.links.map((link) => (link.name === device ? { ...link, up: false, carrier: false } : link)),
    addresses: state.addresses.filter((one) => one.device !== device || one.family === 'ipv4'),
    routes: state.routes.flatMap((route) => {
      const hops = route.hops.filter((hop) => hop.device !== device);
      if (hops.length === route.hops.length) return [route];
      // The address of an interface that is down still answers: its entry in the local table stays.
      if (route.family === 'ipv4' && route.type === 'local') return [route];
      return hops.length === 0 ? [] : [{ ...route, hops }];
    }),
  };
}
