#!/usr/bin/env node
/** The bin `analyze`: the same as `leaktrail analyze`. */
import './small-heap.js';
import './early-signals.js';

const { main } = await import('./process-io.js');
const { run } = await import('./run.js');

await main(run, ['analyze']);
