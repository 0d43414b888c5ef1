/** Programs that once showed a line lost or seen twice, as small as they could be made. */
import type { Program } from './log-program.js';

export const FOUND: readonly { readonly what: string; readonly program: Program }[] = [
  {
    what: 'a file that was empty when it was renamed, and written to later',
    program: {
      names: 'literal',
      from: 'end',
      keep: 1,
      append: false,
      maxOpen: 16,
      actions: [
        {
          kind: 'look',
          meanwhile: [
            { after: 0, step: { kind: 'rename', log: 1, reopen: true, create: false } },
            { after: 0, step: { kind: 'rename', log: 1, reopen: false, create: true } },
          ],
        },
        { kind: 'write', log: 1, lines: 20, size: 0 },
        { kind: 'copy', log: 0 },
        { kind: 'copy', log: 0 },
        { kind: 'pieces', count: 0 },
      ],
    },
  },
  {
    what: 'two copies of a text, of which the compressed one holds more',
    program: {
      names: 'literal',
      from: 'end',
      keep: 4,
      append: true,
      maxOpen: 16,
      actions: [
        { kind: 'look', meanwhile: [{ after: 0, step: { kind: 'copy', log: 1 } }] },
        { kind: 'rename', log: 1, reopen: false, create: false },
        { kind: 'kill' },
        {
          kind: 'crash',
          pieces: 0,
          late: 0,
          meanwhile: [
            { after: 1, step: { kind: 'gzip', log: 1, number: 1 } },
            { after: 0, step: { kind: 'write', log: 1, lines: 1, size: 0 } },
          ],
        },
        { kind: 'quiet' },
      ],
    },
  },
  {
    what: 'a short copy beside a text of an earlier run',
    program: {
      names: 'literal',
      from: 'end',
      keep: 1,
      append: false,
      maxOpen: 16,
      actions: [
        { kind: 'crash', pieces: 0, late: 0, meanwhile: [{ after: 0, step: { kind: 'recreate', log: 0 } }] },
        { kind: 'write', log: 0, lines: 1, size: 0 },
        { kind: 'look', meanwhile: [{ after: 0, step: { kind: 'copytruncate', log: 0, window: 0 } }] },
        { kind: 'crash', pieces: 0, late: 0, meanwhile: [] },
      ],
    },
  },
  {
    what: 'a text of one byte that is truncated while older copies begin with it',
    program: {
      names: 'literal',
      from: 'end',
      keep: 1,
      append: true,
      maxOpen: 16,
      actions: [
        { kind: 'truncate', log: 0 },
        { kind: 'write', log: 1, lines: 39, size: 0 },
        { kind: 'look', meanwhile: [{ after: 0, step: { kind: 'partial', log: 0 } }] },
        { kind: 'truncate', log: 0 },
        { kind: 'checkpoint' },
        { kind: 'write', log: 1, lines: 20, size: 0 },
        { kind: 'write', log: 1, lines: 1, size: 0 },
      ],
    },
  },
  {
    what: 'the same file after a truncation, with the same first byte',
    program: {
      names: 'literal',
      from: 'end',
      keep: 1,
      append: true,
      maxOpen: 16,
      actions: [
        { kind: 'truncate', log: 0 },
        { kind: 'write', log: 1, lines: 39, size: 0 },
        { kind: 'look', meanwhile: [{ after: 0, step: { kind: 'partial', log: 0 } }] },
        { kind: 'truncate', log: 0 },
        { kind: 'look', meanwhile: [] },
        { kind: 'checkpoint' },
        { kind: 'write', log: 0, lines: 20, size: 0 },
        { kind: 'write', log: 0, lines: 1, size: 0 },
      ],
    },
  },
  {
    what: 'a rotated copy that was never seen, beside a new log that begins with the same byte',
    program: {
      names: 'literal',
      from: 'end',
      keep: 1,
      append: false,
      maxOpen: 16,
      actions: [
        {
          kind: 'crash',
          pieces: 0,
          late: 0,
          meanwhile: [
            { after: 1, step: { kind: 'write', log: 1, lines: 29, size: 0 } },
            { after: 0, step: { kind: 'rename', log: 1, reopen: true, create: false } },
          ],
        },
        { kind: 'rename', log: 1, reopen: true, create: false },
        { kind: 'partial', log: 1 },
        { kind: 'pieces', count: 0 },
        { kind: 'write', log: 0, lines: 20, size: 0 },
        { kind: 'kill' },
      ],
    },
  },
  {
    what: 'a copy that ends before the head that is known',
    program: {
      names: 'all',
      from: 'end',
      keep: 8,
      append: true,
      maxOpen: 16,
      actions: [
        {
          kind: 'crash',
          pieces: 0,
          late: 0,
          meanwhile: [
            { after: 31, step: { kind: 'copytruncate', log: 0, window: 0 } },
            { after: 1, step: { kind: 'recreate', log: 0 } },
          ],
        },
        {
          kind: 'crash',
          pieces: 2,
          late: 2,
          meanwhile: [
            { after: 24, step: { kind: 'write', log: 1, lines: 38, size: 59 } },
            { after: 22, step: { kind: 'partial', log: 0 } },
          ],
        },
        { kind: 'copytruncate', log: 0, window: 0 },
        { kind: 'partial', log: 0 },
        { kind: 'partial', log: 0 },
        { kind: 'partial', log: 0 },
        { kind: 'checkpoint' },
        { kind: 'look', meanwhile: [{ after: 24, step: { kind: 'truncate', log: 1 } }] },
        { kind: 'look', meanwhile: [{ after: 10, step: { kind: 'copytruncate', log: 0, window: 0 } }] },
        { kind: 'remove', log: 1 },
        { kind: 'pieces', count: 0 },
        { kind: 'crash', pieces: 10, late: 0, meanwhile: [{ after: 3, step: { kind: 'recreate', log: 0 } }] },
        { kind: 'remove', log: 0 },
        { kind: 'pieces', count: 11 },
        { kind: 'rename', log: 1, reopen: false, create: true },
        { kind: 'pieces', count: 0 },
      ],
    },
  },
  {
    what: 'several restarts before a first look was over',
    program: {
      names: 'glob',
      from: 'start',
      keep: 2,
      append: true,
      maxOpen: 16,
      actions: [
        { kind: 'quiet' },
        { kind: 'remove', log: 0 },
        { kind: 'crash', pieces: 0, late: 0, meanwhile: [] },
        { kind: 'crash', pieces: 2, late: 0, meanwhile: [] },
        { kind: 'reopen', log: 0 },
        {
          kind: 'look',
          meanwhile: [{ after: 3, step: { kind: 'rename', log: 0, reopen: false, create: false } }],
        },
        { kind: 'write', log: 0, lines: 20, size: 0 },
        { kind: 'kill' },
        { kind: 'look', meanwhile: [] },
      ],
    },
  },
  {
    what: 'a copy that is made during a restart, and lines behind it',
    program: {
      names: 'all',
      from: 'end',
      keep: 8,
      append: true,
      maxOpen: 16,
      actions: [
        { kind: 'crash', pieces: 0, late: 0, meanwhile: [{ after: 0, step: { kind: 'copy', log: 0 } }] },
        {
          kind: 'crash',
          pieces: 3,
          late: 0,
          meanwhile: [{ after: 0, step: { kind: 'write', log: 0, lines: 20, size: 0 } }],
        },
        { kind: 'copytruncate', log: 0, window: 0 },
        { kind: 'look', meanwhile: [] },
        { kind: 'checkpoint' },
        { kind: 'rename', log: 0, reopen: false, create: false },
      ],
    },
  },
  {
    what: 'a text of one byte that was lost, and a compressed copy that begins with it',
    program: {
      names: 'literal',
      from: 'end',
      keep: 8,
      append: true,
      maxOpen: 16,
      actions: [
        {
          kind: 'look',
          meanwhile: [
            { after: 0, step: { kind: 'write', log: 0, lines: 35, size: 0 } },
            { after: 0, step: { kind: 'write', log: 0, lines: 1, size: 0 } },
          ],
        },
        { kind: 'copytruncate', log: 0, window: 1 },
        { kind: 'write', log: 1, lines: 21, size: 0 },
        {
          kind: 'look',
          meanwhile: [
            { after: 0, step: { kind: 'write', log: 1, lines: 51, size: 0 } },
            { after: 0, step: { kind: 'partial', log: 0 } },
          ],
        },
        { kind: 'crash', pieces: 0, late: 0, meanwhile: [{ after: 0, step: { kind: 'remove', log: 0 } }] },
        { kind: 'look', meanwhile: [{ after: 0, step: { kind: 'gzip', log: 0, number: 2 } }] },
        { kind: 'checkpoint' },
      ],
    },
  },
];
