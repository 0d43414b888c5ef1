/**
 * Writes a defect as a page for people, from the same data that the diagnosis uses: what it is, when it is
 * reported, which versions have it, what it leaves behind, what to check and what to do.
 */
import type { AppliesTo, Condition, Defect } from '../../lib/diagnose/defect.js';

const GENERATED = '<!-- Generated from patterns/defects by npm run docs. Edit the YAML file instead. -->';

export function defectPage(defect: Defect): string {
  const parts = [
    GENERATED,
    `# ${defect.title}`,
    `\`${defect.id}\`, one incident per ${defect.keyedBy}. ${defect.summary.trim()}`,
    '## How it comes about',
    defect.mechanism.trim(),
    '## When it is reported',
    'The first rule that fits decides; where none fits it is only suspected, and shown with `--all`.',
    ruleTable(defect.certainty, 'certainty'),
    ...(defect.mechanisms.length === 0
      ? []
      : ['## Which mechanism', ruleTable(defect.mechanisms, 'mechanism')]),
    '## Thresholds',
    Object.entries(defect.parameters)
      .map(([name, value]) => `- \`${name}\`: ${value}`)
      .join('\n'),
    ...versionParts(defect),
    ...leakParts(defect),
    '## What to check',
    'Read-only, and safe on a node that hangs. Words in braces, such as `{id}`, are filled in from the log.',
    defect.next.map(({ title, when, command }) => step(title, [scope(when)], command, [])).join('\n\n'),
    '## What to do',
    defect.mitigations
      .map(({ title, when, for: applies, command, risk, undo }) =>
        step(title, [`when: ${when}`, scope(applies)], command, [`Risk: ${risk}.`, `Undo: ${undo}.`]),
      )
      .join('\n\n'),
    '## How to verify the fix',
    defect.verify.trim(),
    '## What looks like it and is not',
    bullets(defect.falsePositives),
    '## References',
    bullets(defect.references.map((url) => `<${url}>`)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** One line a defect, linking its page. */
export function defectList(defects: Iterable<Defect>, directory: string): string {
  return [...defects]
    .map(({ id, title, summary }) => `- [\`${id}\`](${directory}${id}.md): ${title}. ${summary.trim()}`)
    .join('\n');
}

function versionParts({ affects, fix, fixNote }: Defect): string[] {
  const rows = Object.entries(fix).map(
    ([mechanism, versions]) =>
      `- \`${mechanism}\`: ${Object.entries(versions)
        .map(([product, version]) => `${product} ${version}`)
        .join(', ')}`,
  );
  if (affects === null && rows.length === 0) return [];
  const affected = affects === null ? [] : [`Affected: ${affects.product} before ${affects.fixed}.`];
  const fixed = rows.length === 0 ? [] : ['First version without it:', rows.join('\n')];
  return ['## Versions', ...affected, ...fixed, ...(fixNote === null ? [] : [fixNote])];
}

function leakParts({ leakPerCall }: Defect): string[] {
  if (leakPerCall === null) return [];
  const { goroutines, fds, bytes, derivation } = leakPerCall;
  const amounts = `${goroutines} goroutines, ${fds} file descriptor${fds === 1 ? '' : 's'}, ${bytes.min} to ${bytes.max} bytes`;
  return ['## What each call leaves behind', `${amounts}: ${derivation.trim()}.`];
}

type Rule = Defect['certainty'][number] | Defect['mechanisms'][number];

function ruleTable(rules: readonly Rule[], gives: string): string {
  const rows = rules.map(
    (rule) =>
      `| \`${rule.id}\` | ${rule.gives} | ${rule.when.map(conditionText).join(' and ')} | ${cell(rule.because)} |`,
  );
  return [`| rule | ${gives} | when | because |`, '|---|---|---|---|', ...rows].join('\n');
}

function conditionText({ fact, atLeast, atMost, above, below }: Condition): string {
  const comparisons = [
    atLeast === undefined ? '' : `>= ${atLeast}`,
    atMost === undefined ? '' : `<= ${atMost}`,
    above === undefined ? '' : `> ${above}`,
    below === undefined ? '' : `< ${below}`,
  ].filter((text) => text !== '');
  return `\`${fact} ${comparisons.join(', ')}\``;
}

function step(
  title: string,
  conditions: readonly string[],
  command: string | null,
  notes: readonly string[],
): string {
  const said = conditions.filter((text) => text !== '');
  const lines = [`- **${title}**${said.length === 0 ? '' : ` (${said.join('; ')})`}`];
  if (command !== null) lines.push('', '  ```sh', `  ${command}`, '  ```', '');
  return [...lines, ...notes.map((note) => `  - ${note.replace(/\.\.$/, '.')}`)].join('\n').trimEnd();
}

function scope(applies: AppliesTo): string {
  return applies === 'any' ? '' : applies === 'affected' ? 'where the defect is in' : `${applies} only`;
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|');
}
