import type { FailoverCell, FailoverReport, FailoverRun } from './failover-schema.ts';

type Value = string | number | null | undefined;

const PATHS = ['to-server', 'to-client', 'virtual-address'] as const;
const LANS = ['inside', 'outside'] as const;

/** A line for each run, every figure in a column of its own, in milliseconds; `inf` is an outage that did not end. */
export function failoverCsv(report: FailoverReport): string {
  const lines = report.cells.flatMap((cell) => cell.runs.map((run) => columnsOf(cell, run)));
  const [first] = lines;
  if (first === undefined) return '';
  const head = first.map(([name]) => name).join(',');
  return `${[head, ...lines.map((columns) => columns.map(([, value]) => fieldOf(value)).join(','))].join('\n')}\n`;
}

function columnsOf(cell: FailoverCell, run: FailoverRun): readonly (readonly [name: string, value: Value])[] {
  return [
    ['router', cell.router],
    ['variant', cell.variant],
    ['interval', cell.interval],
    ['fault', cell.fault],
    ['expected_from', cell.expected?.from],
    ['expected_to', cell.expected?.to],
    ['run', run.run],
    ['seed', run.seed],
    ['phase', run.phase],
    ['excluded', run.excluded],
    ...LANS.flatMap((lan) => {
      const takeover = run.takeovers?.[lan];
      return [
        [`${lan}_fault_to_first`, takeover?.faultToFirst],
        [`${lan}_last_to_first`, takeover?.lastToFirst],
        [`${lan}_added`, takeover?.added],
        [`${lan}_first_to_announcement`, takeover?.firstToAnnouncement],
      ] as const;
    }),
    ...PATHS.flatMap((path) => {
      const figures = run.paths?.[path];
      const name = path.replaceAll('-', '_');
      return [
        [`${name}_sent`, figures?.sent],
        [`${name}_lost`, figures?.lost],
        [`${name}_duplicates`, figures?.duplicates],
        [`${name}_outages`, figures?.outages],
        [`${name}_outage_from`, figures?.outageFrom],
        [`${name}_outage_to`, figures?.outageTo],
      ] as const;
    }),
    ['both_answered', run.bothAnswered],
    ['tcp_stall', run.tcp?.stall],
    ['tcp_repeated', run.tcp?.repeated],
  ];
}

/** A field as RFC 4180 has it; text that a spreadsheet would take for a formula is set in quotes with a space before. */
function fieldOf(value: Value): string {
  if (value === undefined) return '';
  if (value === null) return 'inf';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? ` ${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
