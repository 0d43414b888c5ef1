/**
 * Writes a defect as a page for people, from the same data that the diagnosis uses: what it is, when it is
 * reported, which versions have it, what it leaves behind, what to check and what to do.
 */
import type { AppliesTo, Condition, Defect } from '../../lib/diagnose/defect.js';
import { conditionText, signText, versionTexts } from '../../lib/diagnose/defect-words.js';

const GENERATED = '<!-- Generated from patterns/defects by npm run docs. Edit the YAML file instead. -->';

/** `known`: ids of all defects, which look-alikes may link. */
export function defectPage(defect: Defect, known: ReadonlySet<string>): string {
  const parts = [
    GENERATED,
    `# ${defect.title}`,
    `\`${defect.id}\`, one incident per ${defect.keyedBy}. ${defect.summary.trim()}`,
    '## How it comes about',
    defect.mechanism.trim(),
    ...signParts(defect),
    '## When it is reported',
    'The first rule that fits decides; where none fits it is only suspected, and shown with `--all`.',
    ruleTable(defect.certainty, 'certainty'),
    ...(defect.mechanisms.length === 0
      ? []
      : ['## Which mechanism', ruleTable(defect.mechanisms, 'mechanism')]),
    ...contradictionParts(defect),
    ...yieldParts(defect),
    ...listPart(
      '## What is told beside it',
      defect.remarks.map(({ because, when }) => `${because} (${whenText(when)})`),
    ),
    ...listPart('## What ends it', defect.ends.map(endText)),
    '## Thresholds',
    Object.entries(defect.parameters)
      .map(([name, value]) => `- \`${name}\`: ${value}`)
      .join('\n'),
    ...versionParts(defect),
    ...leakParts(defect),
    ...listPart('## What proves it', defect.proof),
    ...listPart('## What disproves it', defect.disproof),
    ...lookAlikeParts(defect, known),
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
    ...(defect.verifyWith ?? []).map(({ for: applies, text }) => `${text.trim()} (${scope(applies)})`),
    '## What looks like it and is not',
    bullets(defect.falsePositives),
    '## References',
    bullets(defect.references.map((url) => `<${url}>`)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** One line a defect, linking its page. */
export function defectList(defects: Iterable<Defect>, directory: string): string {
  return [...defects].map(({ id, title }) => `- [\`${id}\`](${directory}${id}.md): ${title}`).join('\n');
}

function signParts({ signs }: Defect): string[] {
  if (signs.length === 0) return [];
  const rows = signs.map((sign) => `| \`${sign.fact}\` | ${cell(signText(sign))} |`);
  return ['## What it looks at', ['| fact | from |', '|---|---|', ...rows].join('\n')];
}

function contradictionParts({ contradicts }: Defect): string[] {
  if (contradicts.length === 0) return [];
  const rows = contradicts.map(
    ({ id, lowersTo, when, because }) => `| \`${id}\` | ${lowersTo} | ${whenText(when)} | ${cell(because)} |`,
  );
  return [
    '## What speaks against it',
    'Each that fits lowers what the rules gave, and is shown.',
    ['| rule | at most | when | because |', '|---|---|---|---|', ...rows].join('\n'),
  ];
}

function yieldParts({ yieldsTo }: Defect): string[] {
  if (yieldsTo.length === 0) return [];
  const links = yieldsTo.map((id) => `[\`${id}\`](${id}.md)`).join(', ');
  return [
    `Where one of ${links} is reported of the same node and time, that explains it, and this is only suspected.`,
  ];
}

function endText({ means, where, state, because }: Defect['ends'][number]): string {
  const sign = signText({ fact: '', means, ...(where !== undefined && { where }) });
  return `${state}: ${sign} (${because})`;
}

function lookAlikeParts({ lookAlikes }: Defect, known: ReadonlySet<string>): string[] {
  if (lookAlikes.length === 0) return [];
  const rows = lookAlikes.map(({ name, shares, decides }) => {
    const linked = known.has(name) ? `[\`${name}\`](${name}.md)` : name;
    return `| ${linked} | ${cell(shares)} | ${cell(decides)} |`;
  });
  return [
    '## What else it could be',
    ['| defect | what both show | what decides |', '|---|---|---|', ...rows].join('\n'),
  ];
}

function versionParts(defect: Defect): string[] {
  const { fix, fixNote } = defect;
  const rows = Object.entries(fix).map(
    ([mechanism, versions]) =>
      `- \`${mechanism}\`: ${Object.entries(versions)
        .map(([product, version]) => `${product} ${version}`)
        .join(', ')}`,
  );
  const affected = versionTexts(defect);
  const fixed = rows.length === 0 ? [] : ['First version without it:', rows.join('\n')];
  const note = fixNote === null ? [] : [fixNote];
  if (affected.length + fixed.length + note.length === 0) return [];
  return ['## Versions', ...(affected.length === 0 ? [] : [bullets(affected)]), ...fixed, ...note];
}

function leakParts({ leakPerCall, leakNote }: Defect): string[] {
  if (leakPerCall === null) return leakNote === null ? [] : ['## What stays behind', sentence(leakNote)];
  const { goroutines, fds, bytes, derivation } = leakPerCall;
  const amounts = `${goroutines} goroutines, ${fds} file descriptor${fds === 1 ? '' : 's'}, ${bytes.min} to ${bytes.max} bytes`;
  return ['## What each call leaves behind', `${amounts}: ${derivation.trim()}.`];
}

function listPart(heading: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [heading, bullets(items)];
}

/** A clause as a sentence. */
function sentence(clause: string): string {
  const text = clause.trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

type Rule = Defect['certainty'][number] | Defect['mechanisms'][number];

function ruleTable(rules: readonly Rule[], gives: string): string {
  const rows = rules.map(
    (rule) => `| \`${rule.id}\` | ${rule.gives} | ${whenText(rule.when)} | ${cell(rule.because)} |`,
  );
  return [`| rule | ${gives} | when | because |`, '|---|---|---|---|', ...rows].join('\n');
}

function whenText(when: readonly Condition[]): string {
  return when.map((condition) => `\`${conditionText(condition)}\``).join(' and ');
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
