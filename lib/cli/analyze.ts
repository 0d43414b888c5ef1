#!/usr/bin/env node
/** The bin `analyze`: the same as `leaktrail analyze`. */
import { startBin } from './start-bin.js';

startBin('analyze');
