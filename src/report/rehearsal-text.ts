import { printable } from './printable.ts';
import type { RehearsalReport } from './rehearsal-schema.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

/** What the configurations alone tell, for a terminal: the LANs with their virtual routers, and what conflicts. */
export function surveyText(report: RehearsalReport, style: Style, width: number | undefined): string {
  const lines = [...lanLines(report, style), '', ...conflictLines(report, style), ''];
  return `${lines.flatMap((line) => wrap(line, width)).join('\n')}\n`;
}

function lanLines({ routers, lans, virtualRouters }: RehearsalReport, style: Style): readonly string[] {
  return [
    ...routers.map(({ name, file }) => `${style.bold(printable(name))}  ${printable(file)}`),
    ...lans.flatMap(({ name, interfaces, networks, because }) => {
      const where = interfaces.map((one) => `${one.router} ${one.interface}`).join(', ');
      const sizes = networks.map(({ network, assumed }) => (assumed ? `${network} (assumed)` : network));
      const why = because.length === 0 ? '' : ` (${because.join('; ')})`;
      return [
        '',
        `${style.bold(`LAN ${printable(name)}`)}: ${printable(where)}${style.dim(printable(why))}`,
        ...(sizes.length === 0 ? [] : [style.dim(`  ${sizes.join(', ')}`)]),
        ...virtualRouters
          .filter(({ lan }) => lan === name)
          .map(({ vrid, family, members, addresses }) => {
            const who = members.map(({ router, priority }) => `${router} ${priority}`).join(', ');
            return `  VRID ${vrid} ${family}: ${printable(who)}; ${addresses.join(', ')}`;
          }),
      ];
    }),
  ];
}

function conflictLines({ conflicts }: RehearsalReport, style: Style): readonly string[] {
  if (conflicts.length === 0) return ['no setting conflicts between the files'];
  return conflicts.flatMap(({ level, lan, vrid, family, message, consequence, places }) => [
    `${style.verdict(level === 'error' ? 'fail' : 'warning', level === 'error' ? 'FAIL' : 'warn')}  VRID ${vrid} ${family} on ${printable(lan)}: ${printable(message)}`,
    `      ${printable(consequence)}`,
    ...places.map(({ router, file, line, column }) =>
      style.dim(`      ${printable(`${file}:${line}:${column}`)} (${printable(router)})`),
    ),
  ]);
}
