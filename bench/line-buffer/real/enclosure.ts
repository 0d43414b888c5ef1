/**
 * The directory that all of a run lies in, and its keeper: a small shell that sleeps on a pipe from us and cleans
 * up when the pipe ends. It ends when we are done and also when we are killed, so there is one way to clean up,
 * and a crash takes it too. What even the keeper could not remove, such as after a power cut, the next run does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RealUnavailable } from './requirements.js';

const PREFIX = 'leaktrail-real-';

/**
 * On disk, and the same for every user and session, so that leftovers are found. /tmp can be memory, and a log of
 * some hundred MiB there would spoil what is measured.
 */
export const ENCLOSURE_PARENT = '/var/tmp';

/** Containerd's own directory of sockets. It must exist to be covered; no setting of 1.x moves it. */
const RUN_DIRECTORY = '/run/containerd';

export interface Enclosure {
  readonly directory: string;
  /** Last part of the directory, which is also the name of the cgroup that the containers run in. */
  readonly name: string;
  /** Ends the keeper's pipe and waits until it has cleaned up. Rejects where something is left, and names it. */
  readonly close: () => Promise<void>;
}

/*
 * Standard input: the owner's end of a pipe. $ENCLOSURE: the directory; it is not an argument, so that the keeper
 * does not find itself when it looks for processes with that path. Every tool is an applet of $BUSYBOX.
 */
const KEEPER = `
b=$BUSYBOX
$b cat >/dev/null
cd /
case $ENCLOSURE in */${PREFIX}??????) ;; *) exit 1;; esac
# One keeper at a time: the next run's may meet the one that is still at work.
exec 9<"$ENCLOSURE" || exit 0
$b flock 9
[ -f "$ENCLOSURE/owner" ] || exit 0
processes() {
  for file in $($b grep -lzF "$ENCLOSURE/" /proc/[0-9]*/cmdline 2>/dev/null); do
    program=$($b readlink "\${file%cmdline}exe")
    case \${program##*/} in
      # runc runs as a sealed copy of itself in memory, whose name has more to it.
      setpriv|unshare|busybox|containerd*|*runc*|ctr) pid=\${file#/proc/}; echo "\${pid%/cmdline}";;
    esac
  done
}
cgroups() { $b find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "\${ENCLOSURE##*/}" 2>/dev/null; }
turn=0
while [ $turn -lt 200 ]; do
  turn=$((turn + 1))
  left=$(processes)
  [ -z "$left" ] || kill -9 $left 2>/dev/null
  groups=$(cgroups)
  [ -n "$left$groups" ] || break
  for group in $groups; do
    for pid in $($b find "$group" -name cgroup.procs -exec $b cat {} + 2>/dev/null); do kill -9 "$pid"; done
    $b find "$group" -depth -type d -exec $b rmdir {} + 2>/dev/null
  done
  $b usleep 50000
done
[ ! -f "$ENCLOSURE/made-run-directory" ] || $b rmdir ${RUN_DIRECTORY} 2>/dev/null
[ -z "$left$groups" ] || exit 1
# The owner's file goes last: with it, whatever an interrupted keeper leaves is known as a leftover.
for entry in "$ENCLOSURE"/*; do [ "$entry" = "$ENCLOSURE/owner" ] || $b rm -rf "$entry"; done
$b rm -rf "$ENCLOSURE"
`;

interface Keeper {
  readonly process: ChildProcess;
  readonly gone: Promise<unknown>;
}

function startKeeper(directory: string, busybox: string): Keeper {
  const keeper = spawn(busybox, ['sh', '-c', KEEPER], {
    // A session of its own: Ctrl-C at the terminal must not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { ENCLOSURE: directory, BUSYBOX: busybox, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  const gone = once(keeper, 'exit');
  gone.catch(() => {});
  return { process: keeper, gone };
}

async function end({ process, gone }: Keeper): Promise<void> {
  process.stdin?.on('error', () => {}).end();
  await gone;
}

/**
 * Removes what dead runs left, then makes a directory and starts its keeper. Throws `RealUnavailable` while another
 * run is alive: two at once would spoil each other's figures.
 */
export async function openEnclosure(busybox: string, parent: string = ENCLOSURE_PARENT): Promise<Enclosure> {
  await removeLeftovers(busybox, parent);
  const directory = await mkdtemp(join(parent, PREFIX));
  const owner = `${process.pid} ${(await startTime(process.pid)) ?? ''}`;
  await writeFile(join(directory, 'owner'), owner);
  const keeper = startKeeper(directory, busybox);
  if (!(await exists(RUN_DIRECTORY))) {
    await writeFile(join(directory, 'made-run-directory'), '');
    await mkdir(RUN_DIRECTORY, { mode: 0o711, recursive: true });
  }
  const close = async (): Promise<void> => {
    await end(keeper);
    await complainIfLeft(directory);
  };
  return { directory, name: directory.slice(parent.length + 1), close };
}

/** The directories of runs whose process is gone are cleaned up as their keepers would have. */
export async function removeLeftovers(busybox: string, parent: string = ENCLOSURE_PARENT): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(parent)) {
    if (!new RegExp(`^${PREFIX}\\w{6}$`).test(name)) continue;
    const directory = join(parent, name);
    const owner = await ownerOf(directory);
    if (owner === null) {
      // Killed between the making of the directory and its owner's file; or just being made, or removed.
      if (await isOld(directory)) await rm(directory, { recursive: true, force: true });
      continue;
    }
    if (owner.alive) {
      throw new RealUnavailable(
        `another run with the real containerd is under way (process ${owner.pid}, ${directory}): wait for its end`,
      );
    }
    await end(startKeeper(directory, busybox));
    await complainIfLeft(directory);
    removed.push(directory);
  }
  return removed;
}

async function complainIfLeft(directory: string): Promise<void> {
  if (await exists(directory)) {
    throw new Error(
      `processes or cgroups of ${directory} could not be removed; look for processes that hang (state D in ps), then start a run again: it cleans up`,
    );
  }
}

async function ownerOf(directory: string): Promise<{ readonly pid: number; readonly alive: boolean } | null> {
  try {
    const [pid = '', started = ''] = (await readFile(join(directory, 'owner'), 'utf8')).split(' ');
    // A process with that number may be another one by now.
    return { pid: Number(pid), alive: (await startTime(Number(pid))) === started };
  } catch {
    return null;
  }
}

/** When a process started, in clock ticks since boot; null: none of that number is alive. */
async function startTime(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold blanks; the start is the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Killed, and not yet fetched by its parent.
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

async function isOld(directory: string): Promise<boolean> {
  const made = await stat(directory).catch(() => null);
  return made !== null && Date.now() - made.mtimeMs > 60_000;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
