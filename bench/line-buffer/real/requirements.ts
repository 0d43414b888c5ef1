/**
 * What a run on the real containerd needs of the machine, looked for before anything is started. Each thing that
 * is missing is said in one sentence with the package that has it.
 */
import { execFile } from 'node:child_process';
import { access, constants, open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { eraOf } from '../versions.js';

/** The real daemon cannot be run here. The message is for the user and says what to do; nothing was started. */
export class RealUnavailable extends Error {
  override readonly name = 'RealUnavailable';
}

/** Programs that the caller wants instead of those on the PATH. */
export interface ProgramPaths {
  readonly containerdPath?: string;
  readonly runcPath?: string;
  readonly busyboxPath?: string;
}

export interface Programs {
  readonly containerd: string;
  readonly ctr: string;
  readonly runc: string;
  readonly busybox: string;
  readonly setpriv: string;
  readonly unshare: string;
  readonly flock: string;
  /** As `containerd --version` says it, without distribution suffixes: `1.6.20`. One that the model knows. */
  readonly containerdVersion: string;
  readonly runcVersion: string;
}

/** Who asks, and where programs are; a test puts its own in place. */
export interface Asker {
  readonly platform: string;
  readonly uid: number | undefined;
  readonly path: string;
}

const ourselves = (): Asker => ({
  platform: process.platform,
  uid: process.getuid?.(),
  path: process.env['PATH'] ?? '',
});

const DEBIAN = 'On Debian: apt-get install containerd runc busybox-static';

/** Throws `RealUnavailable` with all that is missing. */
export async function findPrograms(paths: ProgramPaths, asker: Asker = ourselves()): Promise<Programs> {
  if (asker.platform !== 'linux') {
    throw new RealUnavailable(`the real containerd runs on Linux only, this is ${asker.platform}`);
  }
  if (asker.uid !== 0) {
    throw new RealUnavailable(
      'the real containerd needs root (it starts containers): run the command with sudo',
    );
  }
  const missing: string[] = [];
  const find = async (name: string, wanted?: string): Promise<string> => {
    const found = await findProgram(name, wanted, asker.path);
    if (found === null) missing.push(wanted ?? name);
    return found ?? name;
  };
  const containerd = await find('containerd', paths.containerdPath);
  const programs = {
    containerd,
    ctr: await find('ctr'),
    runc: await find('runc', paths.runcPath),
    busybox: await find('busybox', paths.busyboxPath),
    setpriv: await find('setpriv'),
    unshare: await find('unshare'),
    flock: await find('flock'),
  };
  if (missing.length > 0) {
    throw new RealUnavailable(`not found: ${missing.join(', ')}. ${DEBIAN}`);
  }
  if (!(await isStatic(programs.busybox))) {
    throw new RealUnavailable(
      `${programs.busybox} is linked dynamically and cannot run alone in a container. ${DEBIAN}`,
    );
  }
  return {
    ...programs,
    containerdVersion: await knownVersion(programs.containerd),
    runcVersion: versionIn(await output(programs.runc, '--version')) ?? 'unknown',
  };
}

/** The version decides what its configuration looks like and what the model makes of it. */
async function knownVersion(containerd: string): Promise<string> {
  const text = await output(containerd, '--version');
  const version = versionIn(text);
  if (version === null) {
    const found = JSON.stringify(text.slice(0, 80));
    throw new RealUnavailable(
      `${containerd} --version: expected a version such as 1.6.20, found ${found}: name a released containerd`,
    );
  }
  try {
    eraOf(version);
  } catch (error) {
    throw new RealUnavailable(`${containerd} --version: ${(error as Error).message}`);
  }
  return version;
}

async function findProgram(name: string, wanted: string | undefined, path: string): Promise<string | null> {
  // Root's PATH under su lacks the system directories, where Debian keeps runc.
  const directories = [...path.split(delimiter).filter(Boolean), '/usr/local/sbin', '/usr/sbin', '/usr/bin'];
  const candidates = wanted === undefined ? directories.map((directory) => join(directory, name)) : [wanted];
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {}
  }
  return null;
}

async function output(program: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args);
    return stdout;
  } catch (error) {
    throw new RealUnavailable(`${program} ${args.join(' ')} failed: ${(error as Error).message}`);
  }
}

function versionIn(text: string): string | null {
  return /\bv?(\d+\.\d+\.\d+(?:-(?:rc|beta|alpha)\.?\d+)?)/.exec(text)?.[1] ?? null;
}

const PT_INTERP = 3;

/** Whether an ELF file names no loader; false for anything else, such as a script. */
export async function isStatic(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    // The program headers follow the file header; a page holds all of them in every linker's layout.
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    if (bytesRead < 64 || buffer.toString('latin1', 0, 4) !== '\x7fELF') return false;
    const wide = buffer[4] === 2;
    const little = buffer[5] === 1;
    const u16 = (at: number): number => (little ? buffer.readUInt16LE(at) : buffer.readUInt16BE(at));
    const u32 = (at: number): number => (little ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at));
    const start = wide ? u32(little ? 32 : 36) : u32(28);
    const size = u16(wide ? 54 : 42);
    const count = u16(wide ? 56 : 44);
    for (let index = 0; index < count; index += 1) {
      const at = start + index * size;
      if (at + 4 > bytesRead) return false;
      if (u32(at) === PT_INTERP) return false;
    }
    return count > 0;
  } finally {
    await handle.close();
  }
}
