/**
 * The keeper: a small shell that holds the lock of the runs' directory, removes what dead runs left there, and
 * sleeps on a pipe from us. When the pipe ends, with us or because we are done, it removes the run: one way to clean
 * up for every end there is.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Home } from './home.js';
import type { Programs } from './requirements.js';
import { within } from './within.js';

/** What a run's own directory, and its cgroup, are called: this and six more. */
export const RUN_PREFIX = 'leaktrail-real-';

/**
 * `ready`: it has the lock, and nothing is left of other runs. `busy`: another run has the lock. `stale`: the
 * directory was removed before it was locked. `left`: processes or cgroups of a dead run do not go.
 */
export type KeeperWord = 'ready' | 'busy' | 'stale' | 'left';
const WORDS: readonly string[] = ['ready', 'busy', 'stale', 'left'] satisfies KeeperWord[];

export type KeeperTools = Pick<Programs, 'busybox' | 'flock'>;

export interface Keeper {
  readonly word: KeeperWord;
  /** Ends its pipe and waits until it has cleaned up, for a minute at most: a process in state D can hold it up. */
  readonly end: () => Promise<void>;
}

/*
 * Standard input: the owner's end of a pipe. 3: the directory, opened and checked by the owner, whose lock is shared
 * with it: it is free when both are gone. $RUNS: its path. Neither is an argument, so that the keeper does not find
 * itself when it looks for processes with that path. Every tool but flock is an applet of $BUSYBOX.
 */
const KEEPER = `
b=$BUSYBOX
trap '' PIPE HUP INT TERM
# From here on names are relative, to the very directory that was checked.
cd -P /proc/self/fd/3 || exit 1
turn=0
until "$FLOCK" -n 3; do
  [ $? -eq 1 ] || exit 1
  turn=$((turn + 1))
  # The keeper of a run that was just killed is done in a moment.
  [ $turn -lt 20 ] || { echo busy; exit; }
  $b usleep 100000
done
# Only who has the lock removes the directory: from here on its name stays its name.
[ "$($b stat -c %d:%i .)" = "$($b stat -c %d:%i "$RUNS" 2>/dev/null)" ] || { echo stale; exit; }
processes() {
  for file in $($b grep -lzF "$RUNS/$1" /proc/[0-9]*/cmdline 2>/dev/null); do
    [ -O "$file" ] || continue
    program=$($b readlink "\${file%cmdline}exe")
    case \${program##*/} in
      # The starting ones wait for containerd; runc runs as a sealed copy of itself, whose name has more to it.
      setpriv|unshare|busybox|containerd*|*runc*|ctr) pid=\${file#/proc/}; echo "\${pid%/cmdline}";;
    esac
  done
}
cgroups() { $b find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$1" 2>/dev/null; }
remove() {
  turn=0
  while [ $turn -lt 200 ]; do
    turn=$((turn + 1))
    left=$(processes "$1")
    [ -z "$left" ] || kill -9 $left 2>/dev/null
    groups=$(cgroups "$1")
    [ -n "$left$groups" ] || break
    for group in $groups; do
      for pid in $($b find "$group" -name cgroup.procs -exec $b cat {} + 2>/dev/null); do
        # 0 is a process that this pid namespace does not have; to kill it would be our own group.
        [ "$pid" -le 1 ] || kill -9 "$pid" 2>/dev/null
      done
      $b find "$group" -depth -type d -exec $b rmdir {} + 2>/dev/null
    done
    $b usleep 50000
  done
  [ -z "$left$groups" ] || return 1
  $b rm -rf "./$1"
}
remove_all() {
  stuck=
  for name in ${RUN_PREFIX}??????; do
    [ -d "$name" ] && [ ! -L "$name" ] && [ -O "$name" ] || continue
    remove "$name" || stuck=1
  done
  [ -z "$stuck" ]
}
if remove_all; then echo ready; else echo left; fi
$b cat >/dev/null
remove_all
cd /
$b rmdir "$RUNS" 2>/dev/null
`;

/** A leftover may take ten seconds, there may be some, and its files may be large. */
const WORD_SECONDS = 120;
const END_SECONDS = 60;

/** Resolves when the keeper has said how it stands. Rejects, with the keeper ended, where it says nothing. */
export async function startKeeper({ path, handle }: Home, { busybox, flock }: KeeperTools): Promise<Keeper> {
  const keeper = spawn(busybox, ['sh', '-c', KEEPER], {
    // A session of its own: Ctrl-C at the terminal must not reach it.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore', handle.fd],
    cwd: '/',
    env: { RUNS: path, BUSYBOX: busybox, FLOCK: flock, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  const gone = once(keeper, 'exit');
  gone.catch(() => {});
  const end = async (): Promise<void> => {
    keeper.stdin?.on('error', () => {}).end();
    await within(END_SECONDS, gone);
  };
  const word = await within(WORD_SECONDS, firstWord(keeper)).catch(() => undefined);
  if (word !== undefined) return { word, end };
  await end().catch(() => {});
  throw new Error(
    `the shell that cleans up after a run did not start: is ${busybox} sh usable, and ${flock}?`,
  );
}

/** Undefined where it ends without one. */
async function firstWord(keeper: ChildProcess): Promise<KeeperWord | undefined> {
  if (keeper.stdout === null) return undefined;
  let text = '';
  for await (const chunk of keeper.stdout) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  const word = text.trim();
  return WORDS.includes(word) ? (word as KeeperWord) : undefined;
}
