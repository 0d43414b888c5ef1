#!/usr/bin/env node
/** The bin `leaktrail`. */
import { startBin } from './start-bin.js';

startBin();
