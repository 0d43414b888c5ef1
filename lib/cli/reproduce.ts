#!/usr/bin/env node
/** The bin `reproduce`: the same as `leaktrail reproduce`. */
import './small-heap.js';
import { main } from './process-io.js';
import { run } from './run.js';

await main(run, ['reproduce']);
