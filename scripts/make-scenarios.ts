/**
 * Writes the scenario fixtures: `npx tsc -p tsconfig.build.json && node dist/scripts/make-scenarios.js`. The
 * same source gives the same bytes; a test holds the committed files against it.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allScenarios, listOf, textOf } from './scenarios/index.js';

const target = fileURLToPath(new URL('../../test/fixtures/scenarios/', import.meta.url));
mkdirSync(target, { recursive: true });
for (const file of readdirSync(target)) if (file.endsWith('.log')) rmSync(join(target, file));
const scenarios = allScenarios();
for (const scenario of scenarios) writeFileSync(join(target, `${scenario.name}.log`), textOf(scenario));
writeFileSync(join(target, 'scenarios.json'), listOf(scenarios));
