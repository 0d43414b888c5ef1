/**
 * Gathers the signs of the defects that YAML rules describe: log lines, panics and profiles of one daemon,
 * process or container. A sign that does not open an incident is remembered too: what it stands beside may
 * come later.
 */
import type { Digest } from '../evidence/signature/digest.js';
import type { Captures } from '../match/types.js';
import {
  createDaemonBook,
  type DaemonBookMemory,
  type DaemonBookOptions,
  newDaemonBookMemory,
} from './daemon-book.js';
import type { SignSeen } from './daemon-tally.js';
import { detach } from './detach.js';
import { type GaugeName, growthOf, largestOf, looksAt } from './gauge-looks.js';
import type { Identities, Subject } from './identity.js';
import { createKills, type KillsMemory } from './kills.js';
import type { SettingMark } from './node-facts.js';
import { programOf } from './program.js';
import { looseProofOf, proofOf } from './proof.js';
import type { Ending, Sign, SignRules } from './sign.js';
import type { DaemonEpisode, Proof, TimedEvent } from './types.js';
import { createWaitingSigns, type WaitingSignsMemory } from './waiting-signs.js';
import { fits } from './where.js';

export interface DaemonEpisodes {
  /** Books a log line, whatever it means. */
  line(event: TimedEvent): void;
  /** Books a profile, dump or panic of a node. */
  digest(digest: Digest, node: string, proof: Proof): void;
  /** Books a setting that a file or an output states. */
  setting(mark: SettingMark): void;
  /** Remembers to look at a figure that was added to the facts of the node. */
  gauge(gauge: GaugeName, node: string): void;
  /** Looks at all such figures: what they show together does not depend on their order. */
  settle(): void;
  /** The episode is no longer held. */
  forget(episode: DaemonEpisode): void;
  /** Signs of nodes beyond the cap: they are counted one by one and prove nothing together. */
  readonly dropped: number;
}

export interface DaemonEpisodesOptions extends DaemonBookOptions {
  readonly rules: readonly SignRules[];
  readonly identities: Identities;
}

/** Of a heap so many per cent must be in what a signature names before anything is said of it. */
const OPENS_AT_SHARE = 20;

/** A sign that waits for its container to become known. Rules are read anew by every run: only their names are kept. */
interface WaitingSign {
  /** Name of the sign. */
  readonly sign: string;
  readonly at: SignSeen;
}

export interface DaemonEpisodesMemory extends DaemonBookMemory {
  readonly waiting: WaitingSignsMemory<WaitingSign>;
  /** Figures that came and were not looked at yet, by node and name. */
  readonly looked: Map<string, { readonly gauge: GaugeName; readonly node: string }>;
  readonly kills: KillsMemory;
}

export function newDaemonEpisodesMemory(): DaemonEpisodesMemory {
  return { ...newDaemonBookMemory(), waiting: new Map(), looked: new Map(), kills: new Map() };
}

interface RuleSign {
  readonly rule: SignRules;
  readonly sign: Sign;
  /** Its name in what is remembered. */
  readonly name: string;
}

export function createDaemonEpisodes(
  options: DaemonEpisodesOptions,
  memory: DaemonEpisodesMemory = newDaemonEpisodesMemory(),
): DaemonEpisodes {
  const { rules, identities, limits, facts, undo } = options;
  const { looked } = memory;
  const episodes = createDaemonBook(options, memory);
  const waiting = createWaitingSigns(memory.waiting, undo);
  const kills = createKills(memory.kills, undo);
  const signNamed = new Map<string, RuleSign>();
  const signsOf = new Map<string, RuleSign[]>();
  const endsOf = new Map<string, { readonly rule: SignRules; readonly ending: Ending }[]>();
  for (const rule of rules) {
    for (const sign of rule.signs) {
      const named = { rule, sign, name: nameOf(rule, sign) };
      signNamed.set(named.name, named);
      for (const means of sign.means ?? []) add(signsOf, means, named);
    }
    for (const ending of rule.ends) for (const means of ending.means) add(endsOf, means, { rule, ending });
  }

  function end(rule: SignRules, ending: Ending, event: TimedEvent): void {
    const { captures } = event.event;
    const id = captures.container ?? captures.sandbox;
    // An exit says nothing of another container; the most common lines of all make no container known.
    const subject = rule.keyedBy !== 'container' || id === undefined ? null : identities.find(id);
    if (rule.keyedBy === 'container' && subject === null) return;
    episodes.end(rule, ending, subject, event);
  }

  /** What a daemon said when it started before does not hold for the one that starts now. */
  function forgetStart({ event: { captures, pattern }, node }: TimedEvent): void {
    const daemon = programOf(captures.product ?? pattern.component);
    for (const rule of rules) {
      if (rule.daemon !== daemon || rule.keyedBy === 'container') continue;
      for (const sign of rule.signs)
        if (sign.opens !== true && sign.means !== undefined) episodes.forgetSign(rule, sign, daemon, node);
    }
  }

  /** Each look that shows it is proof, whenever it came. */
  function bookLooks(gauge: GaugeName, node: string): void {
    for (const rule of rules) {
      for (const sign of rule.signs) {
        const { from = {}, opens } = sign;
        if (opens !== true || sign.gauge?.product !== gauge.product || sign.gauge.name !== gauge.name)
          continue;
        const looks = looksAt(facts, node, gauge);
        const last = sign.gauge.take === 'largest' ? largestOf(looks) : looks.at(-1);
        if (last === undefined) continue;
        const hasGrown = (growthOf(looks) ?? 0) >= (from.growth ?? Number.POSITIVE_INFINITY);
        if (!hasGrown && last.value < (from.value ?? Number.POSITIVE_INFINITY)) continue;
        const name = nameOf(rule, sign);
        for (const look of looks) {
          const shows = look.value >= (from.value ?? Number.POSITIVE_INFINITY) || (hasGrown && look === last);
          if (!shows || look.bookedFor?.includes(name)) continue;
          undo.fields(look);
          look.bookedFor = [...(look.bookedFor ?? []), name];
          episodes.book(rule, sign, null, rule.daemon, stated(look));
        }
      }
    }
  }

  /** What waited for the container to be known. */
  function bookWaiting(id: string, subject: Subject): void {
    for (const { sign: name, at } of waiting.take(id)) {
      const named = signNamed.get(name);
      if (named !== undefined) episodes.book(named.rule, named.sign, subject, named.rule.daemon, at);
    }
  }

  return {
    line(event) {
      const { pattern, record } = event.event;
      const captures = kills.captures(event);
      if (pattern.means === 'daemon-starting') forgetStart(event);
      const ends = endsOf.get(pattern.means);
      if (ends !== undefined)
        for (const { rule, ending } of ends) if (fits(ending.where, captures)) end(rule, ending, event);
      const signs = signsOf.get(pattern.means);
      if (signs === undefined) return;
      const at: SignSeen = {
        node: event.node,
        proof: looseProofOf(event, limits),
        at: event.at,
        beside: [],
        ms: event.ms,
        assumed: event.assumed,
        offsetMinutes: event.offsetMinutes,
        modules: {},
        pid: captures.pid === undefined ? null : detach(captures.pid),
        of: podInWords(captures),
      };
      for (const { rule, sign, name } of signs) {
        if (!fits(sign.where, captures)) continue;
        if (rule.keyedBy === 'container') {
          const id = captures.container ?? captures.sandbox;
          if (id === undefined) continue;
          const subject = sign.opens === true ? identities.subject(id) : identities.find(id);
          if (subject === null) {
            // Exits are the most common lines of all: they make no container known, and wait for one that is.
            if (sign.opens !== true)
              waiting.add(id, { sign: name, at: { ...at, proof: proofOf(event, limits) } });
            continue;
          }
          if (sign.opens === true) bookWaiting(id, subject);
          episodes.book(rule, sign, subject, rule.daemon, at);
        } else {
          const program =
            rule.keyedBy === 'process' ? programOf(record.tag ?? pattern.component) : rule.daemon;
          episodes.book(rule, sign, null, program, at);
        }
      }
    },
    digest(digest, node, proof) {
      for (const rule of rules) {
        for (const sign of rule.signs) {
          const { signature } = sign;
          if (signature === undefined || sign.opens !== true) continue;
          const found = digest.values.get(signature);
          if (found === undefined || found.value < (digest.kind === 'functions' ? OPENS_AT_SHARE : 1))
            continue;
          const at: SignSeen = {
            node,
            proof: { ...proof, line: found.line, text: found.text, pattern: signature },
            at: proof.at,
            beside: digest.lines
              .filter(({ line }) => line !== found.line)
              .map(({ line, text }) => ({
                ...proof,
                line,
                text: detach(text),
                pattern: signature,
              })),
            ms: digest.ms,
            assumed: digest.timeAssumed,
            offsetMinutes: null,
            modules: digest.modules,
            pid: null,
            of: null,
          };
          episodes.book(rule, sign, null, rule.keyedBy === 'process' ? digest.program : rule.daemon, at);
        }
      }
    },
    setting(mark) {
      for (const rule of rules) {
        for (const sign of rule.signs) {
          const { setting, opens, where } = sign;
          if (opens !== true || setting?.product !== mark.product || setting.name !== mark.name) continue;
          if (fits(where, { value: mark.value })) episodes.book(rule, sign, null, rule.daemon, stated(mark));
        }
      }
    },
    gauge({ product, name }, node) {
      const key = `${node}\0${product}\0${name}`;
      undo.entry(looked, key);
      looked.set(key, { gauge: { product, name }, node });
    },
    settle() {
      if (looked.size === 0) return;
      undo.entries(looked);
      for (const [, { gauge, node }] of [...looked].toSorted(([a], [b]) => (a < b ? -1 : 1)))
        bookLooks(gauge, node);
      looked.clear();
    },
    forget: episodes.forget,
    get dropped() {
      return memory.dropped;
    },
  };
}

/** The name of a sign in what is remembered: facts are told apart within a defect. */
function nameOf({ defect }: SignRules, { fact }: Sign): string {
  return `${defect} ${fact}`;
}

/** What a document states, as it is booked. */
function stated({ node, ms, proof }: { node: string; ms: number; proof: Proof }): SignSeen {
  return {
    node,
    proof,
    at: proof.at,
    beside: [],
    ms: proof.at === null ? null : ms,
    assumed: false,
    offsetMinutes: null,
    modules: {},
    pid: null,
    of: null,
  };
}

function podInWords({ namespace, pod, podUid, containerName }: Captures): string | null {
  if (namespace === undefined || pod === undefined) return null;
  const container = containerName === undefined ? '' : `container ${containerName} of `;
  return detach(`${container}pod ${namespace}/${pod}${podUid === undefined ? '' : ` (${podUid})`}`);
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
