import { CONTAINERS } from './neighbours/containers.ts';
import type { Neighbour } from './neighbours/neighbour.ts';
import { OVERLAYS } from './neighbours/overlays.ts';
import { ROUTERS } from './neighbours/routers.ts';

/** Every program whose marks are known. The settings name those that cannot be seen. */
export const NEIGHBOURS: readonly Neighbour[] = [...OVERLAYS, ...CONTAINERS, ...ROUTERS];
