/**
 * What random programs of writers, rotators and leaktrail itself may do, one step after the other: data, so that a
 * program that shows a failure can be printed, made smaller and kept.
 */
import fc from 'fast-check';

export type Step =
  | { readonly kind: 'write'; readonly log: number; readonly lines: number; readonly size: number }
  /** Part of a line; the next write brings the rest, if the file is still the same. */
  | { readonly kind: 'partial'; readonly log: number }
  | { readonly kind: 'rename'; readonly log: number; readonly reopen: boolean; readonly create: boolean }
  | { readonly kind: 'reopen'; readonly log: number }
  /** `window`: lines that are written between the copy and the truncation. */
  | {
      readonly kind: 'copytruncate';
      readonly log: number;
      readonly window: number;
      readonly slowly?: boolean;
    }
  /** By hand: `cp log log.1; : > log`, where the copy of before is overwritten in its file. */
  | { readonly kind: 'overwrite'; readonly log: number }
  /** Without a truncation, as logrotate's `copy` makes it. */
  | { readonly kind: 'copy'; readonly log: number; readonly slowly?: boolean }
  | { readonly kind: 'truncate'; readonly log: number }
  /** `keep`: the plain one stays beside it. */
  | {
      readonly kind: 'gzip';
      readonly log: number;
      readonly number: number;
      readonly keep?: boolean;
      readonly slowly?: boolean;
    }
  /** What was begun `slowly` comes to its end, as it does before anything else is done to the files of its log. */
  | { readonly kind: 'finish'; readonly log: number }
  /** A compressed copy under the number of another one. */
  | { readonly kind: 'stray'; readonly log: number; readonly number: number; readonly to: number }
  /** Only the plain copy: a compressed one beside it stays. */
  | { readonly kind: 'removeCopy'; readonly log: number; readonly number: number }
  | { readonly kind: 'remove'; readonly log: number }
  | { readonly kind: 'recreate'; readonly log: number }
  /** To another directory, or from there. */
  | { readonly kind: 'away' | 'back'; readonly log: number }
  /** The link that is followed leads to this log, or nowhere. */
  | { readonly kind: 'point'; readonly log: number; readonly to: number | null }
  /** A second name: as a rotated copy, or as none. */
  | { readonly kind: 'hardlink'; readonly log: number; readonly as: 'copy' | 'other' }
  /** What a machine that lost its power leaves behind the end of a file. */
  | { readonly kind: 'zeros'; readonly log: number; readonly bytes: number }
  /** The next calls of one kind fail: on rotated copies, `list` and EMFILE everywhere. */
  | {
      readonly kind: 'fault';
      readonly log: number;
      readonly call: 'status' | 'open' | 'read' | 'list';
      readonly code: 'EACCES' | 'EIO' | 'ENOENT' | 'EMFILE';
      readonly times: number;
    };

/** Each step after so many calls. */
export type Meanwhile = readonly { readonly after: number; readonly step: Step }[];

export type Action =
  | Step
  /** To the end of what there is, with steps between the calls: each after so many calls. */
  | { readonly kind: 'look'; readonly meanwhile: Meanwhile }
  | { readonly kind: 'pieces'; readonly count: number }
  | { readonly kind: 'checkpoint' }
  /** Back to the last checkpoint. */
  | { readonly kind: 'kill' }
  /** Killed `late` pieces behind a checkpoint that is taken after so many pieces, with steps between the calls. */
  | {
      readonly kind: 'crash';
      readonly pieces: number;
      readonly late: number;
      readonly meanwhile: Meanwhile;
    }
  /** For more than a minute. `stay`: writers of renamed files do not open the new ones before. */
  | { readonly kind: 'quiet'; readonly stay?: boolean };

export interface Program {
  readonly names: 'literal' | 'glob' | 'all' | 'links';
  readonly from: 'end' | 'start';
  /** Rotated copies that are kept. */
  readonly keep: number;
  readonly append: boolean;
  readonly maxOpen: number;
  /** Bytes of the lines that every text begins with. */
  readonly banner?: number;
  /** The rotated copy that is there before the first run. */
  readonly before?: 'plain' | 'gzip' | 'both';
  readonly actions: readonly Action[];
}

const log = fc.nat({ max: 1 });
/** Of a rotated copy. */
const number = fc.integer({ min: 1, max: 3 });
/** What happens to logs on every node. */
const common = [
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      log,
      lines: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 20, max: 60 })),
      size: fc.nat({ max: 90 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('partial' as const), log }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('rename' as const),
      log,
      reopen: fc.boolean(),
      create: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const), log }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('copytruncate' as const),
      log,
      window: fc.oneof(fc.constant(0), fc.nat({ max: 2 })),
      slowly: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('copy' as const), log, slowly: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), log }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('gzip' as const), log, number, slowly: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), log }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), log }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const), log }) },
] as const;

/** What happens on some nodes, some day. */
const rare = [
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('overwrite' as const), log }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('gzip' as const), log, number, keep: fc.constant(true) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stray' as const), log, number, to: number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeCopy' as const), log, number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('away' as const), log }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('back' as const), log }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('point' as const), log, to: fc.constantFrom(0, 1, null) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('hardlink' as const),
      log,
      as: fc.constantFrom('copy' as const, 'other' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('zeros' as const), log, bytes: fc.constantFrom(1, 40, 700) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      log,
      call: fc.constantFrom('status' as const, 'open' as const, 'read' as const, 'list' as const),
      code: fc.constantFrom('EACCES' as const, 'EIO' as const, 'ENOENT' as const, 'EMFILE' as const),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
] as const;

/** `step`: what may happen, also while leaktrail looks. */
function actions(step: fc.Arbitrary<Step>): fc.Arbitrary<Action[]> {
  const meanwhile = fc.array(fc.record({ after: fc.nat({ max: 40 }), step }), { maxLength: 3 });
  const action: fc.Arbitrary<Action> = fc.oneof(
    { weight: 10, arbitrary: step },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('look' as const), meanwhile }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('pieces' as const), count: fc.nat({ max: 12 }) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'kill' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('crash' as const),
        pieces: fc.nat({ max: 12 }),
        late: fc.nat({ max: 4 }),
        meanwhile,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('quiet' as const), stay: fc.boolean() }) },
  );
  return fc.array(action, { minLength: 3, maxLength: 30 });
}

const anyProgram = {
  from: fc.constantFrom('end' as const, 'start' as const),
  keep: fc.constantFrom(1, 2, 4, 8),
  append: fc.boolean(),
  maxOpen: fc.constantFrom(16, 1000),
};

/** Writing, rotating in every way, truncating, removing; stopping, being killed, going on. */
export const programs: fc.Arbitrary<Program> = fc.record({
  ...anyProgram,
  names: fc.constantFrom('literal' as const, 'glob' as const, 'all' as const),
  actions: actions(fc.oneof(...common)),
});

/**
 * With everything else besides: texts that all begin alike, links that are followed and lead elsewhere, second names,
 * logs that are moved away, copies under wrong names, calls that fail.
 */
export const rarePrograms: fc.Arbitrary<Program> = fc.record({
  ...anyProgram,
  names: fc.constantFrom('literal' as const, 'glob' as const, 'all' as const, 'links' as const),
  banner: fc.constantFrom(0, 40, 300, 1100),
  before: fc.constantFrom('plain' as const, 'gzip' as const, 'both' as const),
  actions: actions(fc.oneof(...common, ...rare)),
});
