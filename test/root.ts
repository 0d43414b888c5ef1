/** Where tests find what they read, whether they run from the sources or compiled. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../lib/package-root.js';

export const ROOT = pathToFileURL(join(packageRoot(), '/'));
export const FIXTURES = new URL('test/fixtures/', ROOT);
