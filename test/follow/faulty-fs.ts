/** The real file system with calls that can be made to fail, and watches that fail or tell nothing. */
import { type FollowFs, nodeFollowFs } from '../../lib/ingest/follow/follow-fs.js';

/** What the calls of a follower are made to do on top of the real file system. */
export interface Faults {
  /** Code that a call on a path fails with, by `open PATH`, `read PATH`, `status PATH`, `list PATH`, `match PATTERN`. */
  readonly codes: Map<string, string>;
  /** `real`: they tell; `silent`: they are set up and tell nothing; else the code that setting them up fails with. */
  watch: string;
  /** Calls made so far, of each kind. */
  readonly calls: Map<string, number>;
  /** Bytes read so far, by the path that a file was opened by. */
  readonly bytes: Map<string, number>;
  readonly fs: FollowFs;
}

export function faulty(): Faults {
  const codes = new Map<string, string>();
  const calls = new Map<string, number>();
  const bytes = new Map<string, number>();
  const check = (call: string, path: string): void => {
    calls.set(call, (calls.get(call) ?? 0) + 1);
    const code = codes.get(`${call} ${path}`);
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${call} '${path}'`), { code });
  };
  const faults: Faults = {
    codes,
    calls,
    bytes,
    watch: 'silent',
    fs: {
      async status(path) {
        check('status', path);
        return nodeFollowFs.status(path);
      },
      realPath: (path) => nodeFollowFs.realPath(path),
      async list(directory) {
        check('list', directory);
        return nodeFollowFs.list(directory);
      },
      async match(pattern) {
        check('match', pattern);
        return nodeFollowFs.match(pattern);
      },
      async open(path) {
        check('open', path);
        const file = await nodeFollowFs.open(path);
        return {
          async read(...range) {
            check('read', path);
            const got = await file.read(...range);
            bytes.set(path, (bytes.get(path) ?? 0) + got);
            return got;
          },
          async status() {
            check('fstat', path);
            return file.status();
          },
          close: () => file.close(),
        };
      },
      watch(directory, heard, failed) {
        if (faults.watch === 'silent') return () => {};
        if (faults.watch === 'real') return nodeFollowFs.watch(directory, heard, failed);
        check('watch', directory);
        throw Object.assign(new Error(`${faults.watch}: watch '${directory}'`), { code: faults.watch });
      },
    },
  };
  return faults;
}
