#!/usr/bin/env node
/** The bin `analyze`: the same as `leaktrail analyze`. */
import './small-heap.js';
import { main } from './process-io.js';
import { run } from './run.js';

await main(run, ['analyze']);
