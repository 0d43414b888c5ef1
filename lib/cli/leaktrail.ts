#!/usr/bin/env node
/** The bin `leaktrail`. */
import './small-heap.js';
import { main } from './process-io.js';
import { run } from './run.js';

await main(run);
