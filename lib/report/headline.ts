/**
 * The first line of a finding: node, who, what it does, how many of it, and the verdict. Read alone at 3 a.m. it
 * must be enough to know whether to get up.
 */
import type { Incident } from '../diagnose/types.js';
import { displayWidth } from './display-width.js';
import { type Group, podKey } from './group.js';
import type { Paint } from './paint.js';
import { printable } from './printable.js';
import { counted } from './quantity.js';
import {
  causeText,
  groupVerdict,
  type LeakVerdict,
  nameColumns,
  nodeText,
  podText,
  saying,
  shortId,
  whoText,
  worstCertainty,
} from './verdict.js';
import { wrapWords } from './wrap.js';

/**
 * One line where it fits, else the verdict below, indented to the text behind the node. `prefix` comes first: the
 * block's number in the table above it, or what changed.
 */
export function headlineLines(group: Group, width: number, paint: Paint, prefix = ''): string[] {
  const lead = `${prefix}${nodeText(group.node)}  `;
  const hang = ' '.repeat(Math.min(displayWidth(lead), Math.floor(width / 3)));
  const says = group.kind === 'cluster' ? clusterSays(group) : subjectSays(group);
  const verdict = verdictWords(group.incidents, paint);
  const plain = displayWidth(lead) + displayWidth(says) + 4 + displayWidth(verdict);
  if (plain <= width) return [`${lead}${says}    ${verdict}`];
  return [...wrapWords(says, width, lead, hang), ...wrapWords(verdict, width, hang, hang)];
}

/** `stuck-stop CONFIRMED, leak NOT PROVEN`. */
export function verdictWords(incidents: readonly [Incident, ...Incident[]], paint: Paint): string {
  const certainty = worstCertainty(incidents);
  const freed = incidents.every(({ state }) => state === 'resolved');
  const leak = leakWords(groupVerdict(incidents), freed);
  const word = paint.certainty(certainty.toUpperCase(), certainty);
  return `${printable(incidents[0].defect, nameColumns)} ${word}${leak === null ? '' : `, ${leak}`}`;
}

function leakWords(verdict: LeakVerdict, freed: boolean): string | null {
  if (verdict === null) return null;
  if (verdict === 'PROVEN' && freed) return 'leak PROVEN until it was resolved';
  return verdict === 'not affected' ? 'daemon not affected' : `leak ${verdict}`;
}

function subjectSays({ incidents }: Group): string {
  const [first] = incidents;
  const open = incidents.filter((incident) => incident.state === 'open');
  const says = saying(first, open.length > 0);
  if (first.containers.length === 0) {
    // A profile is one moment and a panic is over: only what lines go on telling goes on.
    const goesOn = first.defect === 'runtime-unresponsive' || open.length === 0;
    const doubt = incidents.every(({ certainty }) => certainty === 'suspected') ? 'perhaps ' : '';
    return `${doubt}${says}${goesOn ? `; ${stateWords(incidents)}` : ''}`;
  }
  const subjects = new Set(incidents.map(whoText)).size;
  const openSubjects = new Set(open.map(whoText)).size;
  const stuck = first.defect === 'stuck-stop';
  const [subject] = first.containers;
  const who = podText(first) ?? loneContainer(subject?.id ?? '', subject?.name ?? null, subject?.kind);
  const what = stuck ? `${who} ${says}` : `${says}: ${who}`;
  if (openSubjects === 0) return `${what}; ${stateWords(incidents)}`;
  const looping = open.some((incident) => incident.intervalSeconds !== null);
  const still = stuck ? (looping ? 'still looping' : 'still stuck') : 'still going on';
  if (subjects === 1) return `${what}; ${still}`;
  const how =
    openSubjects === subjects ? `all ${subjects} containers` : `${openSubjects} of ${subjects} containers`;
  return `${what}; ${how} ${still}`;
}

function clusterSays({ incidents }: Group): string {
  const [first] = incidents;
  const open = incidents.filter((incident) => incident.state === 'open').length;
  const containers = new Set(incidents.flatMap((incident) => incident.containers.map(({ id }) => id))).size;
  const pods = new Set(incidents.filter((incident) => podText(incident) !== null).map(podKey)).size;
  const who = `${counted(containers, 'container')}${pods > 0 ? ` of ${counted(pods, 'pod')}` : ''}`;
  const does =
    first.defect === 'stuck-stop' ? (open > 0 ? 'do not stop' : 'did not stop') : 'have one defect';
  const still =
    open === 0
      ? stateWords(incidents)
      : open === incidents.length
        ? 'all still stuck'
        : `${open} still stuck`;
  return `${who} on this node ${does}, one cause: ${clusterCause(incidents)}; ${still}`;
}

/** What the incidents of one window name as their cause. */
export function clusterCause(incidents: readonly Incident[]): string {
  const causes = [...new Set(incidents.flatMap((incident) => incident.rootCause ?? []))];
  if (causes.length === 0) return 'not named by these lines';
  const byTime = incidents.every((incident) => incident.rootCauseBasis !== 'named');
  return `${causes.map(causeText).join(' or ')}${byTime ? ' (by time)' : ''}`;
}

function stateWords(incidents: readonly Incident[]): string {
  const open = incidents.filter((incident) => incident.state === 'open');
  if (open.length > 0) return 'still going on';
  return incidents.every((incident) => incident.state === 'resolved') ? 'resolved' : 'no longer going on';
}

function loneContainer(id: string, name: string | null, kind: string | undefined): string {
  const label = kind === 'sandbox' ? 'sandbox' : 'container';
  return name === null
    ? `${label} ${shortId(id)}`
    : `${label} ${printable(name, nameColumns)} (${shortId(id)})`;
}
