/**
 * Every reader of texts that are not logs. A document is shown to all of them: people paste the outputs of
 * several commands into one file.
 */
import { looksLikeContainerdMetrics, readContainerdMetrics } from './metrics/containerd-metrics.js';
import { looksLikeContainerdConfig, readContainerdConfig } from './outputs/containerd-config.js';
import { looksLikeDaemonJson, readDaemonJson } from './outputs/daemon-json.js';
import { looksLikeDockerInfo, readDockerInfo } from './outputs/docker-info.js';
import { looksLikeGoVersionM, readGoVersionM } from './outputs/go-version-m.js';
import { looksLikeKubeletConfig, readKubeletConfig } from './outputs/kubelet-config.js';
import { looksLikeRefusal, readRefusal } from './outputs/refusal.js';
import { looksLikeSystemctl, readSystemctl } from './outputs/systemctl.js';
import { looksLikeVersionsText, readVersionsText } from './outputs/versions-text.js';
import { looksLikeGoroutineText, readGoroutineText } from './pprof/goroutine-text.js';
import { looksLikeHeapText, readHeapText } from './pprof/heap-text.js';
import { looksLikePprofTop, readPprofTop } from './pprof/pprof-top.js';
import { programOfFrames } from './trace/go-trace-program.js';
import type { Document, Evidence, EvidenceReading } from './types.js';

interface TextReader {
  readonly looksLike: (head: string) => boolean;
  readonly read: (document: Document) => EvidenceReading | Promise<EvidenceReading>;
}

const READERS: readonly TextReader[] = [
  { looksLike: looksLikePprofTop, read: readPprofTop },
  { looksLike: looksLikeHeapText, read: readHeapText },
  { looksLike: looksLikeGoroutineText, read: readGoroutineText },
  { looksLike: looksLikeDockerInfo, read: readDockerInfo },
  { looksLike: looksLikeRefusal, read: readRefusal },
  { looksLike: looksLikeVersionsText, read: readVersionsText },
  { looksLike: looksLikeSystemctl, read: readSystemctl },
  { looksLike: looksLikeDaemonJson, read: readDaemonJson },
  { looksLike: looksLikeContainerdConfig, read: readContainerdConfig },
  { looksLike: looksLikeContainerdMetrics, read: readContainerdMetrics },
  { looksLike: looksLikeKubeletConfig, read: readKubeletConfig },
  { looksLike: looksLikeGoVersionM, read: readGoVersionM },
];

export function looksLikeText(head: string): boolean {
  return READERS.some((reader) => reader.looksLike(head));
}

/** What all readers find, in the order of its lines. */
export async function readTexts(document: Document): Promise<EvidenceReading> {
  const readings = await Promise.all(READERS.map((reader) => reader.read(document)));
  return {
    evidence: readings
      .flatMap(({ evidence }) => evidence)
      .map(withProgram)
      .toSorted((a, b) => a.line - b.line),
    problems: readings.flatMap(({ problems }) => problems),
  };
}

/** Functions looked at to tell whose profile it is. */
const FUNCTIONS = 256;

/** A text form of a profile names no program; its functions do, where only one program has them. */
function withProgram(evidence: Evidence): Evidence {
  if (evidence.program !== null) return evidence;
  if (evidence.kind === 'functions') {
    const frames = evidence.functions.slice(0, FUNCTIONS);
    const program = programOfFrames(
      frames.map(({ name }) => ({ function: name, file: null, line: null })),
      [],
    );
    return program === null ? evidence : { ...evidence, program };
  }
  if (evidence.kind !== 'goroutines') return evidence;
  const groups = evidence.groups.slice(0, FUNCTIONS);
  const program = programOfFrames(
    groups.flatMap(({ frames }) => frames),
    groups.flatMap(({ createdBy }) => createdBy ?? []),
  );
  return program === null ? evidence : { ...evidence, program };
}
