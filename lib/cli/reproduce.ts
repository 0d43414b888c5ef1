#!/usr/bin/env node
/** The bin `reproduce`: the same as `leaktrail reproduce`. */
import { startBin } from './start-bin.js';

startBin('reproduce');
