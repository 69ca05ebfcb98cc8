// All benchmarks, one after the other: `npm run bench`. Each can be run alone: `node bench/apply.mjs`.
await import('./apply.mjs');
await import('./forward.mjs');
await import('./lint.mjs');
await import('./monitor.mjs');
await import('./trace.mjs');
