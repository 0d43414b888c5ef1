/**
 * The functions whose arguments are kept of a goroutine: their pointers tell which goroutines are about the same
 * container, and which of them wait for each other. All other arguments are noise that would fill the memory.
 */

/** Longest arguments kept, in characters. */
export const LONGEST_ARGUMENTS = 256;

/** Last parts of names: `(*Daemon).Kill` stands for that method in any package. */
export const KEEPS_ARGUMENTS: ReadonlySet<string> = new Set([
  '(*Daemon).containerStop',
  '(*Daemon).ContainerStop',
  '(*Daemon).containerRestart',
  '(*Daemon).ContainerRestart',
  '(*Daemon).Kill',
  '(*Daemon).killWithSignal',
  '(*Daemon).killPossiblyDeadProcess',
  '(*Daemon).ContainerKill',
  '(*Daemon).ContainerRm',
  '(*Daemon).cleanupContainer',
  '(*Daemon).ContainerInspect',
  '(*Daemon).ContainerInspectCurrent',
  '(*Daemon).containerInspect',
  '(*Daemon).ContainerWait',
  '(*Daemon).ContainerStats',
  '(*Daemon).ProcessEvent',
  'killProcessDirectly',
  '(*containerRouter).postContainersStop',
  '(*containerRouter).postContainersKill',
  '(*containerRouter).postContainersRestart',
  '(*containerRouter).postContainersWait',
  '(*containerRouter).deleteContainers',
  '(*containerRouter).getContainersByName',
  '(*State).Wait',
  '(*State).Wait.func1',
  '(*State).WaitStop',
  '(*State).IsRunning',
  '(*State).IsPaused',
  '(*State).GetPID',
  '(*Container).Lock',
  '(*Container).WaitStop',
  '(*Mutex).Lock',
  '(*Mutex).lockSlow',
  '(*RWMutex).RLock',
  'redirectLogs',
  '(*criService).StopContainer',
  '(*criService).stopContainer',
  '(*criService).StopPodSandbox',
]);

/** True where the arguments of this function, named in full, are kept. */
export function keepsArguments(name: string): boolean {
  const dot = name.indexOf('.', name.lastIndexOf('/') + 1);
  return KEEPS_ARGUMENTS.has(name.slice(dot + 1));
}
