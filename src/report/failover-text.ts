import { SECOND } from '../capture/time.ts';
import type { FailoverReport } from './failover-schema.ts';
import {
  excludedLines,
  FAILOVER_COLUMNS,
  FAILOVER_LEGEND,
  type FailoverRow,
  failoverGroups,
} from './failover-table.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

/** A measurement for a terminal: a table for each fault, version and interval. */
export function failoverText(report: FailoverReport, style: Style, width: number | undefined): string {
  const groups = failoverGroups(report).flatMap(({ title, about, rows }) => [
    style.bold(title),
    ...wrap(`  ${about}`, width),
    ...tableLines(rows).map((line) => `  ${line}`),
    '',
  ]);
  const left = excludedLines(report).map(printable);
  return [
    ...groups,
    ...wrap(FAILOVER_LEGEND, width),
    ...(left.length === 0 ? [] : ['', ...left]),
    '',
    `seed ${report.seed}, ${report.runs} ${report.runs === 1 ? 'run' : 'runs'} each, ${report.jobs} LANs side by side, ${duration(report.wall)}`,
    '',
  ].join('\n');
}

function tableLines(rows: readonly FailoverRow[]): readonly string[] {
  const cells = [
    FAILOVER_COLUMNS.map(([, title]) => title),
    ...rows.map((row) => FAILOVER_COLUMNS.map(([key]) => printable(row[key]))),
  ];
  const widths = FAILOVER_COLUMNS.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells.map((line, index) => {
    const reason = rows[index - 1]?.notApplicable;
    if (reason !== undefined) return `${line[0]!.padEnd(widths[0]!)}  not applicable: ${printable(reason)}`;
    return line
      .map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
      .join('  ');
  });
}

function duration(ms: number): string {
  return `${Math.round((ms * 1e6) / SECOND)} s`;
}

/** The same as Markdown, for a README. */
export function failoverMarkdown(report: FailoverReport): string {
  const groups = failoverGroups(report).flatMap(({ title, about, rows }) => [
    `**${escapeMarkdown(title)}**: ${escapeMarkdown(about)}`,
    '',
    `| ${FAILOVER_COLUMNS.map(([, name]) => name).join(' | ')} |`,
    `|---|${'---:|'.repeat(FAILOVER_COLUMNS.length - 1)}`,
    ...rows.map((row) =>
      row.notApplicable === undefined
        ? `| ${FAILOVER_COLUMNS.map(([key]) => escapeMarkdown(row[key])).join(' | ')} |`
        : `| ${escapeMarkdown(row.router)} | not applicable: ${escapeMarkdown(row.notApplicable)} |${' |'.repeat(FAILOVER_COLUMNS.length - 2)}`,
    ),
    '',
  ]);
  const { host, routers } = report;
  const versions = Object.entries(routers).map(([name, version]) => `${name} ${version}`);
  return [
    ...groups,
    escapeMarkdown(FAILOVER_LEGEND),
    '',
    `Measured by \`${report.command.replaceAll('`', "'")}\` (seed ${report.seed}) on ${escapeMarkdown(
      `${host.cores} cores of ${host.processor}, Linux ${host.kernel}; ${versions.join(', ')}`,
    )}.`,
    '',
  ].join('\n');
}

function escapeMarkdown(text: string): string {
  return printable(text).replaceAll(/[\\`*_{}[\]<>|#]/g, (character) => `\\${character}`);
}
