/**
 * Imported first by the bins: keeps the young generation of the heap at the size it starts with. By default V8 lets
 * it grow to 48 MB before it looks for garbage; on a node that is short of memory that is not ours to take.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
