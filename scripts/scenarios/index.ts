/** Every scenario, in the order in which they are listed. */
import { nodeLevel } from './node-level.js';
import { quietEdges } from './quiet-edges.js';
import { quietErrors } from './quiet-errors.js';
import { quietLookalikes } from './quiet-lookalikes.js';
import { quietTeardowns } from './quiet-teardowns.js';
import { stuckCauses } from './stuck-causes.js';
import { stuckCourse } from './stuck-course.js';
import { stuckCri } from './stuck-cri.js';
import { stuckDocker } from './stuck-docker.js';
import { stuckEdges } from './stuck-edges.js';
import { stuckLoops } from './stuck-loops.js';
import { stuckShims } from './stuck-shims.js';
import type { Scenario } from './types.js';

export type { Expectation, ExpectedIncident, Scenario } from './types.js';

export function allScenarios(): readonly Scenario[] {
  return [
    ...quietTeardowns(),
    ...quietErrors(),
    ...quietLookalikes(),
    ...quietEdges(),
    ...stuckDocker(),
    ...stuckLoops(),
    ...stuckCri(),
    ...stuckCauses(),
    ...stuckShims(),
    ...stuckCourse(),
    ...stuckEdges(),
    ...nodeLevel(),
  ];
}

/** `scenarios.json`: one object a scenario, the log itself in `<name>.log`. */
export function listOf(scenarios: readonly Scenario[]): string {
  const entries = scenarios.map(({ name, why, rules, expect }) => ({
    file: `${name}.log`,
    name,
    why,
    rules,
    expect,
  }));
  return `${JSON.stringify(entries, null, 2)}\n`;
}

export function textOf(scenario: Scenario): string {
  return `${scenario.log.lines().join('\n')}\n`;
}
