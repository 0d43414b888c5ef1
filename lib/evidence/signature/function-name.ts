/**
 * Compares names of Go functions as profiles, dumps and panics print them with names as signatures state them.
 * The same function goes by many names: below a vendor directory, with the version of its module, with the
 * major version in its path, with type parameters, with the mark of an inlined call.
 */

/** Names longer than this are cut: generic ones with structs in them grow without limit. */
const LONGEST = 4096;

/** A printed name, taken apart. */
export interface FunctionName {
  /** `github.com/a/b.(*T).f`: no vendor directory, version, type parameters or ` (inline)`. */
  readonly name: string;
  /** What stood between the brackets, joined; empty without type parameters. `...` where the printer left it out. */
  readonly parameters: string;
}

export function readFunctionName(printed: string): FunctionName {
  const { outside, inside } = withoutBrackets(printed.slice(0, LONGEST).trim());
  return {
    name: atFirstPlace(plainPath(outside.endsWith(INLINE) ? outside.slice(0, -INLINE.length) : outside)),
    parameters: inside,
  };
}

const INLINE = ' (inline)';

/**
 * A test for one name of a signature. A name ends where it says: closures (`.func1`) must be named, or stood for
 * by a `*` at the end. `slices.Grow[attribute.KeyValue]` asks for type parameters that hold this text.
 */
export function functionMatcher(wanted: string): (printed: FunctionName) => boolean {
  const isPrefix = wanted.endsWith('*');
  const { name, parameters } = readFunctionName(isPrefix ? wanted.slice(0, -1) : wanted);
  return (printed) =>
    (isPrefix ? printed.name.startsWith(name) : printed.name === name) &&
    (parameters === '' || printed.parameters.includes(parameters));
}

/** Packages that moved between releases, by where they are now; signatures name the first place. */
const MOVED: readonly (readonly [now: string, first: string])[] = [
  ['github.com/moby/moby/daemon/container.', 'github.com/docker/docker/container.'],
  ['github.com/moby/moby/daemon/', 'github.com/docker/docker/daemon/'],
  ['github.com/moby/moby/daemon.', 'github.com/docker/docker/daemon.'],
  ['github.com/containerd/containerd/core/remotes', 'github.com/containerd/containerd/remotes'],
  ['github.com/containerd/containerd/internal/cri/', 'github.com/containerd/containerd/pkg/cri/'],
  ['github.com/containerd/cri/pkg/server/io.', 'github.com/containerd/containerd/pkg/cri/io.'],
  ['github.com/containerd/cri/pkg/', 'github.com/containerd/containerd/pkg/cri/'],
];

function atFirstPlace(name: string): string {
  const move = MOVED.find(([now]) => name.startsWith(now));
  return move === undefined ? name : `${move[1]}${name.slice(move[0].length)}`;
}

/** True for frames of the runtime that stand on top of whatever parked, locked or panicked. */
export function isRuntimeFrame(name: string): boolean {
  return (
    name === 'panic' ||
    name.startsWith('runtime.') ||
    name.startsWith('runtime/') ||
    name.startsWith('internal/runtime/') ||
    /^(?:internal\/)?(?:sync|poll)\.runtime_/.test(name)
  );
}

/** Text outside and inside of square brackets, in one pass: brackets nest, and their contents hold dots and slashes. */
function withoutBrackets(name: string): { outside: string; inside: string } {
  if (!name.includes('[')) return { outside: name, inside: '' };
  let outside = '';
  let inside = '';
  let depth = 0;
  for (const character of name) {
    if (character === '[') depth++;
    if (depth > 0) inside += character;
    else outside += character;
    if (character === ']' && depth > 0) depth--;
  }
  return { outside, inside: inside.replace(/^\[|\]$/g, '') };
}

/** Only what stands before the last slash is a path; dots behind it belong to package, type and function. */
function plainPath(name: string): string {
  const vendor = name.lastIndexOf('/vendor/');
  const path = vendor === -1 ? name.replace(/^vendor\//, '') : name.slice(vendor + '/vendor/'.length);
  if (!path.includes('/')) return path;
  const parts = path.split('/');
  const last = parts.pop() as string;
  const kept = parts.map((part) => part.replace(/@v[^/]*$/, '')).filter((part) => !/^v\d{1,3}$/.test(part));
  // `github.com/a/b/v2.f` and `gopkg.in/yaml%2ev3.f`: the package itself may be the major version, or carry it escaped.
  const root = /^v\d{1,3}(?=\.)/.exec(last);
  const tail = root === null ? last.replace(/@v\d[^/]*?(?=\.[(A-Za-z_])/, '') : last.slice(root[0].length);
  return root === null ? [...kept, tail].join('/') : `${kept.join('/')}${tail}`;
}
