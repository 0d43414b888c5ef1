/**
 * Imported first by the bins: keeps the young generation of the heap at the size it starts with, and looks for garbage
 * before the old one has grown by a quarter. By default V8 lets the one grow to 48 MB and the other to the fourfold; on
 * a node that is short of memory that is not ours to take. Nor is a second core: of one megabyte a thread alone is
 * through before others have woken up, and where they have to wait for a core, it waits for them.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--heap-growing-percent=25');
setFlagsFromString('--no-parallel-scavenge');
