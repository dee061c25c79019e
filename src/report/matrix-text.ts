import type { Variant } from '../scenario/variant.ts';
import type { CellState, Matrix, MatrixCell, MatrixRow } from './matrix.ts';
import { printable } from './printable.ts';
import { levelText } from './requirements-text.ts';

/** The words of a cell. */
export const CELL_WORDS: Readonly<Record<CellState, string>> = {
  holds: 'holds',
  deviates: 'deviates',
  inconclusive: 'open',
  'not-provoked': '-',
  'not-applicable': 'n/a',
};

const VARIANT_WORDS: Readonly<Record<Variant, string>> = {
  'v2-ipv4': 'v2',
  'v3-ipv4': 'v3 IPv4',
  'v3-ipv6': 'v3 IPv6',
};

/** The matrix for a terminal: a line a requirement, then what deviates, and why cells are empty. */
export function matrixText(matrix: Matrix): string {
  const columns = columnNames(matrix);
  const width = Math.max(...matrix.rows.map(({ requirement }) => requirement.id.length)) + 2;
  const widths = columns.map((name) => Math.max(name.length, 'deviates'.length) + 2);
  const line = (first: string, cells: readonly string[]) =>
    (first.padEnd(width) + cells.map((text, column) => text.padEnd(widths[column]!)).join('')).trimEnd();
  return [
    line('requirement', columns),
    ...matrix.rows.map((row) => line(row.requirement.id, row.cells.map(wordOf))),
    '',
    ...deviationLines(matrix).map(({ head, text }) => `${printable(head)}\n    ${printable(text)}`),
    '',
    ...reasonLines(matrix).map(printable),
    '',
  ].join('\n');
}

/** What the page says before its table. */
export const MATRIX_PREFACE = `# Requirement by router

What runs of the conformance suite show of each requirement, for VRRP version 2, version 3 over IPv4 and version 3 over IPv6.
\`make matrix\` plays the suite and writes this page. **holds**: a scenario put it to the test and passed, or its rule had something to
judge and found nothing; **deviates**: listed below, each looked at in its capture; **open**: it stayed inconclusive; **n/a**: the document or
the family does not have it, or the router cannot be made to; **-**: nothing that was played shows it.
`;

/** The matrix as a page: docs/matrix.md. */
export function matrixMarkdown(matrix: Matrix): string {
  const columns = columnNames(matrix);
  const shown = matrix.rows.filter(isShown);
  return [
    MATRIX_PREFACE,
    `| requirement | level | ${columns.join(' | ')} |`,
    `|---|---|${'---|'.repeat(columns.length)}`,
    ...shown.map(
      (row) =>
        `| ${row.requirement.id} | ${levelText(row.requirement.level)} | ${row.cells.map(markdownCell).join(' | ')} |`,
    ),
    '',
    '## What deviates',
    '',
    ...deviationLines(matrix).map(({ head, text }) => `- **${escaped(head)}**: ${escaped(text)}`),
    '',
    '## Why cells say n/a or open, or rows are missing',
    '',
    ...reasonLines(matrix).map((text) => `- ${escaped(text)}`),
    '',
  ].join('\n');
}

/** The document is said where one router was judged by several. */
function columnNames({ columns }: Matrix): readonly string[] {
  return columns.map(({ router, variant, profile }) => {
    const several = columns.some(
      (other) => other.router === router && other.variant === variant && other.profile !== profile,
    );
    const document = several ? ` RFC ${profile.slice('rfc'.length)}` : '';
    return `${printable(router)} ${VARIANT_WORDS[variant]}${document}`;
  });
}

function wordOf(cell: MatrixCell): string {
  return cell.state === 'deviates' && cell.unknown !== undefined ? 'new!' : CELL_WORDS[cell.state];
}

function markdownCell(cell: MatrixCell): string {
  const word = wordOf(cell);
  return cell.state === 'deviates' ? `**${word}**` : word;
}

/** A row that no run provoked is left to the list of reasons. */
export function isShown({ cells }: MatrixRow): boolean {
  return cells.some(({ state }) => state !== 'not-provoked' && state !== 'not-applicable');
}

interface DeviationLine {
  readonly head: string;
  readonly text: string;
}

/** What each router deviates in, each thing once for all the variants and requirements in which it is so. */
function deviationLines({ rows }: Matrix): readonly DeviationLine[] {
  const lines = new Map<string, { router: string; id: string; variants: Set<Variant>; text: string }>();
  for (const { requirement, cells } of rows) {
    for (const { router, variant, known = [], unknown } of cells) {
      const texts = known.map(({ finding, section, evidence }) => {
        const where = section === undefined ? '' : ` (${section})`;
        return `${finding}${where}. ${evidence}`;
      });
      if (unknown !== undefined) texts.push(`new, and not looked at: ${unknown.join(', ')}`);
      for (const text of texts) {
        const key = `${router} ${requirement.id} ${text}`;
        const line = lines.get(key) ?? { router, id: requirement.id, variants: new Set(), text };
        line.variants.add(variant);
        lines.set(key, line);
      }
    }
  }
  return [...lines.values()]
    .sort((one, other) => (one.router < other.router ? -1 : one.router > other.router ? 1 : 0))
    .map(({ router, id, variants, text }) => ({
      head: `${router}, ${id}, ${[...variants].map((variant) => VARIANT_WORDS[variant]).join(', ')}`,
      text,
    }));
}

/** Why requirements were not provoked, cannot be, or stayed open; one line a reason. Documents and families say themselves. */
function reasonLines({ rows }: Matrix): readonly string[] {
  const reasons = new Map<string, string[]>();
  const add = (reason: string, id: string) => reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
  for (const row of rows) {
    const { id } = row.requirement;
    const told = new Set<string>();
    for (const { router, state, scenarios, reason } of row.cells) {
      if (reason === undefined || (state === 'not-applicable' && scenarios.length === 0)) continue;
      const everywhere = state === 'not-provoked' && !isShown(row);
      const word = state === 'not-provoked' ? 'not provoked' : CELL_WORDS[state];
      told.add(everywhere ? `not provoked: ${reason}` : `${word} (${router}): ${reason}`);
    }
    if (row.cells.every(({ state }) => state === 'not-applicable') && told.size === 0) {
      told.add('n/a: not in the documents that were judged by');
    }
    for (const reason of told) add(reason, id);
  }
  return [...reasons].map(([reason, ids]) => `${reason}: ${ids.join(', ')}`);
}

function escaped(text: string): string {
  return printable(text).replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
