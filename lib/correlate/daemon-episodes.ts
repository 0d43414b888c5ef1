/**
 * Gathers the signs of the defects that YAML rules describe: log lines, panics and profiles of one daemon,
 * process or container. A sign that does not open an incident is remembered too: what it stands beside may
 * come later.
 */
import type { Instant } from '../envelope/types.js';
import type { Digest } from '../evidence/signature/digest.js';
import type { Captures } from '../match/types.js';
import { detach } from './detach.js';
import type { EpisodeStore } from './episode-store.js';
import { type GaugeName, growthOf, largestOf, looksAt } from './gauge-looks.js';
import type { Identities, Subject } from './identity.js';
import { createKills, type KillsMemory } from './kills.js';
import type { NodeFacts, SettingMark } from './node-facts.js';
import { programOf } from './program.js';
import { addProof, detached, looseProofOf, proofOf } from './proof.js';
import { createRecent } from './recent.js';
import type { Ending, Sign, SignRules } from './sign.js';
import type { CorrelateLimits, DaemonEpisode, Proof, TimedEvent } from './types.js';
import type { Undo } from './undo.js';
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

export interface DaemonEpisodesOptions {
  readonly rules: readonly SignRules[];
  readonly store: EpisodeStore;
  readonly identities: Identities;
  readonly limits: CorrelateLimits;
  readonly facts: NodeFacts;
  readonly touch: (episode: DaemonEpisode) => void;
  readonly undo: Undo;
}

/** Episodes that signs are added to, opened or not. */
const REMEMBERED = 4096;
/** Of a heap so many per cent must be in what a signature names before anything is said of it. */
const OPENS_AT_SHARE = 20;
/** Nodes of one run. */
const NODES = 4096;

/** What is being booked: a line or a digest, as far as both are alike. */
interface Booking {
  readonly node: string;
  /** Of a line that is still held by it: most lines prove nothing, and only what is kept must be detached. */
  readonly proof: Proof;
  readonly at: Instant | null;
  /** Further lines of the same panic. */
  readonly beside: readonly Proof[];
  /** Float ms, null where it states no time. */
  readonly ms: number | null;
  readonly assumed: boolean;
  readonly offsetMinutes: number | null;
  readonly modules: Readonly<Record<string, string>>;
  /** Process that the line names. */
  readonly pid: string | null;
  /** Container and pod that it names, in words. */
  readonly of: string | null;
}

/** A sign that waits for its container to become known. Rules are read anew by every run: only their names are kept. */
interface WaitingSign {
  /** Name of the sign. */
  readonly sign: string;
  readonly at: Booking;
}

export interface DaemonEpisodesMemory {
  /** Per defect, container and program the latest episode of each node. */
  readonly containers: Map<string, Map<string, DaemonEpisode>>;
  /** The same of what is keyed by no container. */
  readonly daemons: Map<string, Map<string, DaemonEpisode>>;
  readonly waiting: WaitingSignsMemory<WaitingSign>;
  /** Figures that came and were not looked at yet, by node and name. */
  readonly looked: Map<string, { readonly gauge: GaugeName; readonly node: string }>;
  /** Those that a line may end. */
  readonly open: Set<DaemonEpisode>;
  readonly kills: KillsMemory;
  dropped: number;
}

export function newDaemonEpisodesMemory(): DaemonEpisodesMemory {
  return {
    containers: new Map(),
    daemons: new Map(),
    waiting: new Map(),
    looked: new Map(),
    open: new Set(),
    kills: new Map(),
    dropped: 0,
  };
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
  const { rules, store, identities, limits, facts, touch, undo } = options;
  const { same } = facts;
  const { looked, open } = memory;
  const containers = createRecent(REMEMBERED, memory.containers, undo);
  const daemons = createRecent(REMEMBERED, memory.daemons, undo);
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

  /** The episode of this node, or the one of a node without a name where that can only be the same. */
  function known(nodes: Map<string, DaemonEpisode>, node: string): DaemonEpisode | undefined {
    const exact = nodes.get(node);
    if (exact !== undefined) return exact;
    if (node !== '') return same('', node) ? nodes.get('') : undefined;
    const [only] = nodes.values();
    return only !== undefined && same(only.node, '') ? only : undefined;
  }

  function episodeFor(rule: SignRules, subject: Subject | null, program: string | null, at: Booking) {
    const key = keyOf(rule.defect, subject, program);
    // Containers come and go by the thousand: they must not make a daemon's kills forgotten.
    const kept = subject === null ? daemons : containers;
    const nodes = kept.get(key) ?? new Map<string, DaemonEpisode>();
    kept.set(key, nodes);
    const usable = known(nodes, at.node);
    const isNear =
      usable !== undefined &&
      (at.ms === null ||
        usable.first === null ||
        (at.ms - usable.lastMs <= rule.newEpisodeMs && usable.firstMs - at.ms <= rule.newEpisodeMs));
    if (usable !== undefined && usable.end === null && isNear) return usable;
    const episode: DaemonEpisode = {
      kind: 'daemon',
      defect: rule.defect,
      id: '',
      ordinal: 0,
      node: at.node,
      subject,
      program,
      tallies: new Map(),
      modules: {},
      first: null,
      firstMs: Number.POSITIVE_INFINITY,
      last: null,
      lastMs: Number.NEGATIVE_INFINITY,
      assumedTime: false,
      offsetMinutes: null,
      end: null,
      proof: [],
      proofDropped: 0,
    };
    if (nodes.size >= NODES && !nodes.has(at.node)) {
      undo.fields(memory);
      memory.dropped += 1;
      return episode;
    }
    undo.entry(nodes, at.node);
    nodes.set(at.node, episode);
    return episode;
  }

  function book(rule: SignRules, sign: Sign, subject: Subject | null, program: string | null, at: Booking) {
    const episode = episodeFor(rule, subject, program, at);
    const ms = at.ms ?? Number.NaN;
    undo.fields(episode);
    undo.entry(episode.tallies, sign.fact);
    const tally = episode.tallies.get(sign.fact) ?? {
      count: 0,
      occasionMs: Number.NEGATIVE_INFINITY,
      pid: null,
      of: null,
    };
    undo.fields(tally);
    const window = (sign.onceWithinSeconds ?? 0) * 1000;
    // The lines of one occasion name one process, where they name one; another one is another occasion.
    const isOther = tally.pid !== null && at.pid !== null && tally.pid !== at.pid;
    if (isOther || window === 0 || !(Math.abs(ms - tally.occasionMs) <= window)) {
      tally.count += 1;
      tally.occasionMs = ms;
      tally.pid = at.pid;
    }
    tally.pid ??= at.pid;
    tally.of = at.of ?? tally.of;
    episode.tallies.set(sign.fact, tally);
    for (const proof of at.beside) episode.proofDropped += addProof(episode.proof, proof, limits, undo);
    if (sign.opens === true || episode.id !== '')
      episode.proofDropped += addProof(episode.proof, detached(at.proof), limits, undo);
    episode.modules = { ...episode.modules, ...at.modules };
    episode.assumedTime ||= at.assumed;
    episode.offsetMinutes ??= at.offsetMinutes;
    if (at.at !== null && sign.opens === true) {
      if (ms < episode.firstMs) {
        episode.first = at.at;
        episode.firstMs = ms;
      }
      if (ms > episode.lastMs) {
        episode.last = at.at;
        episode.lastMs = ms;
      }
    }
    if (sign.opens === true && episode.id === '') begin(episode);
    if (episode.id !== '') touch(episode);
  }

  function begin(episode: DaemonEpisode): void {
    const { subject, program, node } = episode;
    const key = `${episode.defect}-${subject?.key ?? safeName(program ?? (node === '' ? 'process' : node))}`;
    episode.ordinal = store.nextOrdinal(key);
    episode.id = `${key}-${episode.ordinal}`;
    store.add(episode);
    undo.member(open, episode);
    open.add(episode);
    if (open.size > REMEMBERED)
      for (const oldest of open) {
        undo.oldestMember(open, oldest);
        open.delete(oldest);
        break;
      }
  }

  function end(rule: SignRules, ending: Ending, event: TimedEvent): void {
    const { captures } = event.event;
    const id = captures.container ?? captures.sandbox;
    // An exit says nothing of another container; the most common lines of all make no container known.
    const subject = rule.keyedBy !== 'container' || id === undefined ? null : identities.find(id);
    if (rule.keyedBy === 'container' && subject === null) return;
    for (const episode of open) {
      if (episode.defect !== rule.defect || episode.subject !== subject) continue;
      // Without a time it cannot be told which came first.
      if (!same(episode.node, event.node) || episode.first === null || event.ms < episode.lastMs) continue;
      undo.fields(episode);
      episode.end = { at: event.at, state: ending.state, because: ending.because };
      episode.proofDropped += addProof(episode.proof, proofOf(event, limits), limits, undo);
      undo.member(open, episode);
      open.delete(episode);
      touch(episode);
    }
  }

  /** What a daemon said when it started before does not hold for the one that starts now. */
  function forgetStart({ event: { captures, pattern }, node }: TimedEvent): void {
    const daemon = programOf(captures.product ?? pattern.component);
    for (const rule of rules) {
      if (rule.daemon !== daemon || rule.keyedBy === 'container') continue;
      const nodes = daemons.get(keyOf(rule.defect, null, daemon));
      const episode = nodes && known(nodes, node);
      if (episode === undefined) continue;
      for (const sign of rule.signs) {
        if (sign.opens === true || sign.means === undefined) continue;
        undo.entry(episode.tallies, sign.fact);
        episode.tallies.delete(sign.fact);
      }
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
          book(rule, sign, null, rule.daemon, stated(look));
        }
      }
    }
  }

  /** What waited for the container to be known. */
  function bookWaiting(id: string, subject: Subject): void {
    for (const { sign: name, at } of waiting.take(id)) {
      const named = signNamed.get(name);
      if (named !== undefined) book(named.rule, named.sign, subject, named.rule.daemon, at);
    }
  }

  return {
    line(event) {
      const { pattern, record } = event.event;
      const captures = kills.captures(event);
      if (pattern.means === 'daemon-starting') forgetStart(event);
      for (const { rule, ending } of endsOf.get(pattern.means) ?? [])
        if (fits(ending.where, captures)) end(rule, ending, event);
      const signs = signsOf.get(pattern.means);
      if (signs === undefined) return;
      const at: Booking = {
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
            if (sign.opens !== true) waiting.add(id, { sign: name, at });
            continue;
          }
          if (sign.opens === true) bookWaiting(id, subject);
          book(rule, sign, subject, rule.daemon, at);
        } else {
          const program =
            rule.keyedBy === 'process' ? programOf(record.tag ?? pattern.component) : rule.daemon;
          book(rule, sign, null, program, at);
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
          const at: Booking = {
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
          book(rule, sign, null, rule.keyedBy === 'process' ? digest.program : rule.daemon, at);
        }
      }
    },
    setting(mark) {
      for (const rule of rules) {
        for (const sign of rule.signs) {
          const { setting, opens, where } = sign;
          if (opens !== true || setting?.product !== mark.product || setting.name !== mark.name) continue;
          if (fits(where, { value: mark.value })) book(rule, sign, null, rule.daemon, stated(mark));
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
    forget(episode) {
      const { defect, node, program, subject } = episode;
      const kept = subject === null ? memory.daemons : memory.containers;
      const nodes = kept.get(keyOf(defect, subject, program));
      if (nodes?.get(node) === episode) {
        undo.entry(nodes, node);
        nodes.delete(node);
      }
      undo.member(open, episode);
      open.delete(episode);
    },
    get dropped() {
      return memory.dropped;
    },
  };
}

/** The name of a sign in what is remembered: facts are told apart within a defect. */
function nameOf({ defect }: SignRules, { fact }: Sign): string {
  return `${defect} ${fact}`;
}

function keyOf(defect: string, subject: Subject | null, program: string | null): string {
  return `${defect} ${subject?.key ?? ''} ${program ?? ''}`;
}

/** What a document states, as it is booked. */
function stated({ node, ms, proof }: { node: string; ms: number; proof: Proof }): Booking {
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

/** Names come from logs: only what can stand in an id. */
function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9.-]/g, '_').slice(0, 64);
  return safe === '' ? 'process' : safe;
}
