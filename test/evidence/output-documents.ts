/** Documents for the readers of command outputs and configuration, and what they state in short words. */
import { readFileSync } from 'node:fs';
import type { Document, EvidenceReading } from '../../lib/evidence/types.js';
import { FIXTURES } from '../root.js';

export function fixtureText(path: string): string {
  return readFileSync(new URL(path, FIXTURES), 'utf8');
}

export function documentOf(text: string, source = 'pasted.txt'): Document {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (lines.at(-1) === '') lines.pop();
  return { source, bytes: Buffer.from(text), lines };
}

export function fixture(path: string): Document {
  return documentOf(fixtureText(path), path.split('/').at(-1));
}

/** `dockerd 19.03.15 @12` for versions, `dockerd live-restore=true @3` for settings, the same for gauges. */
export function statementsOf(reading: EvidenceReading): readonly string[] {
  return reading.evidence.flatMap((evidence) => {
    switch (evidence.kind) {
      case 'versions':
        return evidence.versions.map(({ product, version, line }) => `${product} ${version} @${line}`);
      case 'settings':
        return evidence.settings.map(
          ({ product, name, value, line }) => `${product} ${name}=${value} @${line}`,
        );
      case 'gauges':
        return evidence.gauges.map(
          ({ product, name, value, line }) => `${product} ${name}=${value} @${line}`,
        );
      default:
        return [evidence.kind];
    }
  });
}

/** Texts of logs of all sorts, which no reader may take for its own. */
export const LOGS: readonly string[] = [
  'cases/dockerd-stuck-stop.messages.log',
  'captures/dockerd-19.03.15-startup.raw-info.log',
  'captures/dockerd-27.4.0-startup-info.raw.log',
  'captures/containerd-2.1.4-cri-unlimited-newline.raw.log',
  'captures/cri-stop-stuck-resolved.journal-export.log',
  'captures/cri-stop-stuck-resolved.journal-json.log',
  'captures/docker-stop-healthy.journal-short-full.log',
  'corpus/078-m-kubelet-klog-json-stop.log',
  'corpus/086-m-crictl-stderr-short-ids.log',
  'corpus/092-m-dind-json-file-u003c.log',
  'corpus/100-m-dockerd-oom-27-4-0.log',
  'corpus/102-m-buildx-clienttracer-gha.log',
  'corpus/114-m-dockerd-dump-escaped-single-line.log',
  'corpus/124-m-start-cri-plugin-unlimited.log',
  'profiles/dockerd-stuck-freeze-abort.goroutine.debug2.txt',
];
