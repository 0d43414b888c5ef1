import { runAll } from '../run-all.js';

await runAll(import.meta.url);
