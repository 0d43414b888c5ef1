/**
 * containerd's records, worked out the plain way: over the whole input at once, without a reader or a buffer. The
 * property test holds the simulator against it. Only for limits of 16 and more, and none.
 */

/** Tag and content of every record, such as `F abc`. */
export function referenceRecords(input: Buffer, limitBytes: number): string[] {
  const lines = input.toString('latin1').split('\n');
  const last = lines.pop() ?? '';
  const records = lines.flatMap((line) => {
    const content = line.endsWith('\r') ? line.slice(0, -1) : line;
    return [...parts(content, limitBytes)].map((part, index, all) => tagged(part, index === all.length - 1));
  });
  // Without a newline nothing is a line end, and nothing is full.
  return last === '' ? records : [...records, ...parts(last, limitBytes).map((part) => tagged(part, false))];
}

function tagged(part: string, full: boolean): string {
  return `${full ? 'F' : 'P'} ${part}`;
}

/** Of the limit's length each; the last is what is left, and never empty but for an empty line. */
function parts(content: string, limitBytes: number): string[] {
  if (limitBytes <= 0 || content.length <= limitBytes) return [content];
  return [content.slice(0, limitBytes), ...parts(content.slice(limitBytes), limitBytes)];
}
