/**
 * Runs the commands that the pages show, in the built checkout, and gives what a reader would see: the command
 * behind a `$`, then its output and errors. `leaktrail` and `analyze` are found as after `npm link`.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A page must not make its reader wait; a command that hangs must not hold the build. */
const TIMEOUT_MS = 60_000;

export interface Shell {
  /** The command and its output, or null where the command needs a program that is not here. */
  show(command: string): string | null;
  close(): void;
}

/** Programs that pages use beside ours; where they are missing, the block stays as it is. */
const OPTIONAL = ['jq'] as const;

export function createShell(root: string): Shell {
  const bin = mkdtempSync(join(tmpdir(), 'leaktrail-docs-'));
  const { bin: bins } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  for (const [name, file] of Object.entries(bins)) {
    const path = join(bin, name);
    writeFileSync(path, `#!/bin/sh\nexec node "${join(root, file)}" "$@"\n`);
    chmodSync(path, 0o755);
  }
  // Whatever terminal, zone or language the page is made in, it must come out the same.
  const env = {
    PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
    // Commands may write there: it is thrown away.
    HOME: bin,
    TZ: 'UTC',
    LC_ALL: 'C',
    NO_COLOR: '1',
  };
  const run = (script: string) =>
    spawnSync('sh', ['-c', script], { cwd: root, env, encoding: 'utf8', timeout: TIMEOUT_MS });

  return {
    show(command) {
      if (OPTIONAL.some((name) => usesProgram(command, name) && run(`command -v ${name}`).status !== 0)) {
        return null;
      }
      const { stdout, error } = run(`exec 2>&1\n${command}`);
      if (error !== undefined) throw new Error(`${command}: ${error.message}`);
      for (const path of [root, bin]) {
        if (stdout.includes(path)) throw new Error(`${command}: its output names this machine's ${path}`);
      }
      return `$ ${command}\n${stdout.trimEnd()}`;
    },
    close: () => rmSync(bin, { recursive: true }),
  };
}

function usesProgram(command: string, name: string): boolean {
  return new RegExp(`(?:^|[|;&]\\s*)${name}\\b`).test(command);
}
