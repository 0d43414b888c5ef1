#!/usr/bin/env node
/** The bin `leaktrail`. */
import './small-heap.js';
import './early-signals.js';

const { main } = await import('./process-io.js');
const { run } = await import('./run.js');

await main(run);
