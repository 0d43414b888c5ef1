/**
 * Tables of incidents: one line a group above everything else when there are many, and one line a container inside
 * a cluster; and the blast radius in one sentence.
 */
import type { Incident } from '../diagnose/types.js';
import { type Group, podKey } from './group.js';
import type { Paint } from './paint.js';
import { printable } from './printable.js';
import { count, counted } from './quantity.js';
import type { OffsetOf } from './rows.js';
import { titleText } from './same-words.js';
import { type Column, tableLines } from './table.js';
import { duration, offsetText, shortTime } from './time.js';
import { nameColumns, nodeText, podText, whoText, worstCertainty, worstState } from './verdict.js';

/** One line a group, numbered as the blocks below are. */
export function groupTable(
  groups: readonly Group[],
  offsetOf: OffsetOf,
  width: number,
  paint: Paint,
): string[] {
  const firsts = groups.map(({ incidents }) => incidents[0]);
  const states = groups.map(({ incidents }) => worstState(incidents));
  const certainties = groups.map(({ incidents }) => worstCertainty(incidents));
  return tableLines(
    [
      { title: '#', drop: 0, right: true, cells: groups.map((_, index) => String(index + 1)) },
      stateColumn(states, paint),
      { title: 'WHAT', drop: 0, cells: groups.map(groupTitle) },
      { title: 'DEFECT', drop: 1, cells: firsts.map(({ defect }) => printable(defect, nameColumns)) },
      {
        title: 'CERTAINTY',
        drop: 2,
        cells: certainties,
        paint: (cell, row) => paint.certainty(cell, certainties[row] ?? 'likely'),
      },
      { title: 'NODE', drop: 3, cells: groups.map(({ node }) => nodeText(node)) },
      { title: 'STOPS', drop: 4, right: true, cells: groups.map(({ incidents }) => stopsCell(incidents)) },
      timeColumn('FIRST', 5, firsts, offsetOf, (incident) => incident.firstSeen),
      timeColumn('LAST', 6, firsts, offsetOf, (incident) => incident.lastSeen),
    ],
    width,
  );
}

/** One line a container of a cluster. */
export function containerTable(
  incidents: readonly Incident[],
  offsetOf: OffsetOf,
  width: number,
  paint: Paint,
): string[] {
  const states = incidents.map(({ state }) => state);
  const lines = tableLines(
    [
      stateColumn(states, paint),
      { title: 'CONTAINER', drop: 0, cells: incidents.map(whoText) },
      { title: 'POD', drop: 1, cells: incidents.map((incident) => podText(incident) ?? '') },
      { title: 'STOPS', drop: 2, right: true, cells: incidents.map((incident) => stopsCell([incident])) },
      {
        title: 'EVERY',
        drop: 3,
        right: true,
        cells: incidents.map(({ intervalSeconds }) =>
          intervalSeconds === null ? '' : duration(intervalSeconds),
        ),
      },
      timeColumn('FIRST', 4, incidents, offsetOf, (incident) => incident.firstSeen),
      timeColumn('LAST', 5, incidents, offsetOf, (incident) => incident.lastSeen),
    ],
    width - 1,
  );
  return lines.map((line) => ` ${line}`);
}

/** `3 incidents: 2 open, 1 ended; 2 containers and 1 sandbox of 2 pods on 2 nodes`; one node needs no word. */
export function blastRadius(incidents: readonly Incident[]): string {
  const subjects = new Map(
    incidents.flatMap(({ containers }) => containers.map(({ id, kind }) => [id, kind] as const)),
  );
  const kinds = [...subjects.values()];
  const containers = kinds.filter((kind) => kind === 'container').length;
  const sandboxes = kinds.length - containers;
  const pods = new Set(incidents.filter((incident) => podText(incident) !== null).map(podKey)).size;
  const nodes = new Set(incidents.map(({ node }) => node)).size;
  const things = [
    containers > 0 ? counted(containers, 'container') : '',
    sandboxes > 0 ? counted(sandboxes, 'sandbox', 'sandboxes') : '',
  ].filter((part) => part !== '');
  const who = `${things.join(' and ')}${pods > 0 ? ` of ${counted(pods, 'pod')}` : ''}`;
  const where = nodes > 1 ? `on ${counted(nodes, 'node')}` : '';
  const radius = [who, where].map((part) => part.trim()).filter((part) => part !== '');
  const counts = `${counted(incidents.length, 'incident')}: ${stateCounts(incidents)}`;
  return radius.length === 0 ? counts : `${counts}; ${radius.join(' ')}`;
}

function stateCounts(incidents: readonly Incident[]): string {
  return (['open', 'ended', 'resolved'] as const)
    .map((state) => [incidents.filter((incident) => incident.state === state).length, state] as const)
    .filter(([number]) => number > 0)
    .map(([number, state]) => `${count(number)} ${state}`)
    .join(', ');
}

function groupTitle({ kind, incidents }: Group): string {
  if (kind === 'cluster') return `${incidents.length} containers, one cause`;
  return titleText(incidents[0]);
}

function stopsCell(incidents: readonly Incident[]): string {
  const stops = incidents.reduce((sum, { attempts }) => sum + attempts, 0);
  if (stops === 0) return '';
  return `${incidents.some(({ attemptsAtLeast }) => attemptsAtLeast) ? '>=' : ''}${count(stops)}`;
}

function stateColumn(states: readonly Incident['state'][], paint: Paint): Column {
  return {
    title: 'STATE',
    drop: 0,
    cells: states.map((state) => state.toUpperCase()),
    paint: (cell, row) => paint.state(cell, states[row] ?? 'open'),
  };
}

/** The offset stands in the title where all rows share it, else in every cell. */
function timeColumn(
  title: string,
  drop: number,
  incidents: readonly Incident[],
  offsetOf: OffsetOf,
  pick: (incident: Incident) => string | null,
): Column {
  const offsets = new Set(incidents.map(offsetOf).map(offsetText));
  const [only = 'UTC'] = offsets;
  const cells = incidents.map((incident) => {
    const offset = offsetOf(incident);
    const at = shortTime(pick(incident), offset);
    return at === '' || offsets.size === 1 ? at : `${at} ${offsetText(offset)}`;
  });
  return { title: offsets.size === 1 ? `${title} (${only})` : title, drop, cells };
}
