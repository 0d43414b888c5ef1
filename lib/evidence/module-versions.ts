/**
 * Versions that the file paths of stack frames give away: of Go modules (`otelhttptrace@v0.42.0`), of the source
 * tree a daemon was built in (`/docker.io-20.10.24+dfsg1/_build/src/`), of the toolchain (`/usr/lib/go-1.19/src/`).
 * Called with the files of a dump, a panic or a profile. Often it is the only version that a bare stack carries.
 */

const MAX_MODULES = 256;
const MAX_PATH = 1024;
const MAX_NAME = 256;
const MAX_VERSION = 64;

/** `v0.42.0`, `v1.4.1-0.20230101000000-abcdef012345`, `v20.10.7+incompatible`. */
const MODULE_VERSION = /^v\d+\.\d+[0-9A-Za-z.+-]*$/;
const TREE_VERSION = /-v?\d+\.\d/;
const TREE = /^[A-Za-z][A-Za-z0-9._+-]*$/;
const VERSION = /^\d+\.\d[0-9A-Za-z.+~_-]*$/;
const MAJOR = /^v\d+$/;
/** First element of an import path: below it a directory with a number is a package, not a product's tree. */
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|dev|in|io|k8s|net|org)$/;
const TOOLCHAIN = /^golang\.org\/toolchain@v\d+\.\d+\.\d+-go(\d+\.\d+(?:\.\d+)?)\./;
const GO_DIRECTORY = /^go-?(\d+\.\d+[0-9A-Za-z.]*)$/;

/**
 * Name -> version without a leading `v`. A module stands under its full path where the file shows it, and under its
 * last element (`otelhttptrace`; before a major suffix, `containerd` of `…/containerd/v2`); a source tree under its
 * name (`docker.io`, `containerd`); the toolchain under `go`. Where two files disagree on a name, a source tree wins
 * over a module, else the first. At most 256 names; paths over 1,024 characters are not looked at.
 */
export function modulesOf(files: Iterable<string>): Record<string, string> {
  const trees = new Map<string, string>();
  const modules = new Map<string, string>();
  for (const file of files) {
    if (file.length > MAX_PATH || trees.size + modules.size >= MAX_MODULES) continue;
    if (file.includes('@v')) readModule(file, modules);
    else readTree(file, trees);
  }
  // fromEntries defines own keys, so that a path with `__proto__` in it is a name like any other.
  return Object.fromEntries([...modules, ...trees]);
}

function readModule(file: string, modules: Map<string, string>): void {
  const at = file.indexOf('@v');
  const end = file.indexOf('/', at);
  const version = file.slice(at + 1, end === -1 ? undefined : end);
  if (version.length > MAX_VERSION || !MODULE_VERSION.test(version)) return;
  const cache = file.lastIndexOf('/pkg/mod/', at);
  const from = cache === -1 ? 0 : cache + '/pkg/mod/'.length;
  // The module cache writes a capital as `!` and the small letter.
  const path = file.slice(from, at).replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const toolchain = TOOLCHAIN.exec(`${path}${file.slice(at)}`)?.[1];
  if (toolchain !== undefined) {
    keep(modules, 'go', toolchain);
    return;
  }
  const elements = path.split('/');
  if (cache !== -1 || DOMAIN.test(elements[0] ?? '')) keep(modules, path, version.slice(1));
  const last = elements.at(-1) ?? '';
  keep(modules, MAJOR.test(last) ? (elements.at(-2) ?? '') : last, version.slice(1));
}

function readTree(file: string, trees: Map<string, string>): void {
  if (!file.startsWith('/')) return;
  const directories = file.split('/').slice(1, -1);
  for (const [index, directory] of directories.entries()) {
    if (DOMAIN.test(directory) || directory === 'vendor') return;
    const go = GO_DIRECTORY.exec(directory)?.[1];
    if (go !== undefined && directories[index + 1] === 'src') {
      keep(trees, 'go', go);
      return;
    }
    const dash = directory.search(TREE_VERSION);
    if (dash < 1) continue;
    const version = directory.slice(dash + 1).replace(/^v/, '');
    if (version.length <= MAX_VERSION && VERSION.test(version))
      keep(trees, directory.slice(0, dash), version);
  }
}

function keep(names: Map<string, string>, name: string, version: string): void {
  const sound = name.includes('/') ? !name.startsWith('/') : TREE.test(name);
  if (sound && name.length <= MAX_NAME && !names.has(name)) names.set(name, version);
}
