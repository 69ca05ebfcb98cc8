// The daemon: how soon it notices and moves, and what it costs. `node bench/monitor.mjs [PART…]` runs some of it.
import { day } from './monitor/day.mjs';
import { failover } from './monitor/failover.mjs';
import { handover } from './monitor/handover.mjs';
import { many } from './monitor/many.mjs';
import { upkeep } from './monitor/upkeep.mjs';

const PARTS = { failover, handover, upkeep, many, day };

const wanted = process.argv[1] === import.meta.filename ? process.argv.slice(2) : [];
for (const [name, run] of Object.entries(PARTS))
  if (wanted.length === 0 || wanted.includes(name)) await run();
