/** Writes pprof profiles for tests, sound and unsound ones: fields as they are given, nothing checked. */

export function varint(value: number | bigint): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

export function number(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

export function message(field: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
}

export function packed(field: number, values: readonly (number | bigint)[]): Buffer {
  return message(field, ...values.map(varint));
}

export interface ProfileParts {
  readonly sampleTypes?: readonly (readonly [type: string, unit: string])[];
  /** Locations by index from 1, each a list of functions from the innermost; a function is its name. */
  readonly locations?: readonly (readonly string[])[];
  /** Ids of locations, innermost first, and values. */
  readonly samples?: readonly (readonly [
    locations: readonly number[],
    values: readonly (number | bigint)[],
  ])[];
  readonly mapping?: string;
  readonly timeNanos?: bigint;
  /** Put before the string table. */
  readonly more?: Buffer;
}

/** `main` in `/usr/bin/dockerd` unless said otherwise. */
export function encodeProfile(parts: ProfileParts = {}): Buffer {
  const strings = [''];
  const indexOf = (text: string): number => {
    const known = strings.indexOf(text);
    return known === -1 ? strings.push(text) - 1 : known;
  };
  const sampleTypes = parts.sampleTypes ?? [['inuse_space', 'bytes']];
  const locations = parts.locations ?? [['main']];
  const samples = parts.samples ?? [[[1], [1024]]];
  const names = [...new Set(locations.flat())];
  const fields = [
    ...sampleTypes.map(([type, unit]) => message(1, number(1, indexOf(type)), number(2, indexOf(unit)))),
    ...samples.map(([ids, values]) => message(2, packed(1, ids), packed(2, values))),
    message(3, number(1, 1), number(5, indexOf(parts.mapping ?? '/usr/bin/dockerd'))),
    ...locations.map((lines, index) =>
      message(
        4,
        number(1, index + 1),
        ...lines.map((name, line) => message(4, number(1, names.indexOf(name) + 1), number(2, line + 10))),
      ),
    ),
    ...names.map((name, index) =>
      message(5, number(1, index + 1), number(2, indexOf(name)), number(4, indexOf(`/go/src/${name}.go`))),
    ),
    number(9, parts.timeNanos ?? 0n),
    parts.more ?? Buffer.alloc(0),
  ];
  return Buffer.concat([...fields, ...strings.map((text) => message(6, Buffer.from(text)))]);
}
