import type { Requirement } from '../conformance/ledger/requirement.ts';
import { type Coverage, type CoveredRequirement, isCovered } from '../scenario/coverage.ts';
import type { PublicTest } from '../scenario/public-suite.ts';

/** The ledger for a terminal: a paragraph a row. */
export function requirementsText(rows: readonly CoveredRequirement[]): string {
  return `${rows.map(rowText).join('\n')}\n\n${summary(rows)}\n`;
}

function rowText({ requirement, v2, v3, reason }: CoveredRequirement): string {
  const { id, level, statement } = requirement;
  const lines = [
    `${id}  ${levelText(level)}  ${sectionsText(requirement)}`,
    `    ${statement}`,
    ...(v2 === undefined ? [] : [`    v2  ${coverageText(v2, reason)}`]),
    ...(v3 === undefined ? [] : [`    v3  ${coverageText(v3, reason)}`]),
  ];
  return lines.join('\n');
}

/** `MUST NOT`, or a dash where no document has it. */
export function levelText(level: Requirement['level']): string {
  return level === 'none' ? '-' : level.replace('-', ' ').toUpperCase();
}

function sectionsText({ sections }: Requirement): string {
  const named = Object.entries(sections).map(([profile, section]) => `${profile.replace('rfc', 'RFC ')} ${section}`);
  return named.length === 0 ? 'no document' : named.join('; ');
}

function coverageText(coverage: Coverage, reason: string | undefined): string {
  if (!isCovered(coverage)) return `not covered: ${reason ?? 'nobody has said why'}`;
  return [...(coverage.rule ? ['rule'] : []), ...coverage.scenarios].join(', ');
}

/** `108 requirements: 83 with a rule, 61 with scenarios, 9 not covered`. */
function summary(rows: readonly CoveredRequirement[]): string {
  const versions = (row: CoveredRequirement) => [row.v2, row.v3].filter((one) => one !== undefined);
  const count = (holds: (row: CoveredRequirement) => boolean) => rows.filter(holds).length;
  const rules = count((row) => versions(row).some(({ rule }) => rule));
  const scenarios = count((row) => versions(row).some((one) => one.scenarios.length > 0));
  const open = count((row) => versions(row).some((one) => !isCovered(one)));
  return `${rows.length} requirements: ${rules} with a rule, ${scenarios} with scenarios, ${open} not covered in every version`;
}

/** docs/requirements.md: the ledger as a table, and the public suite beside our scenarios. */
export function requirementsMarkdown(rows: readonly CoveredRequirement[], tests: readonly PublicTest[]): string {
  return `# Requirements

What VRRP asks of a router on the wire, and what puts it to the test here. A **rule** judges it in any frames, so in every
scenario too; a scenario provokes it. \`vrrpbench requirements --markdown\` writes this file.

${summary(rows)}.

| requirement | level | 9568 | 5798 | 3768 | v2 | v3 |
|---|---|---|---|---|---|---|
${rows.map(markdownRow).join('\n')}

## A public suite

The VRRP Operations Test Suite (revision 2.5) of the University of New Hampshire's Routing Consortium is written for
version 2. Each of its tests has its counterpart, for version 2 and 3.

| test | about | scenarios |
|---|---|---|
${tests.map(({ number, subject, scenarios }) => `| ${number} | ${subject} | ${scenarios.join(', ')} |`).join('\n')}
`;
}

function markdownRow({ requirement, v2, v3, reason }: CoveredRequirement): string {
  const { id, level, sections, statement } = requirement;
  const cell = (coverage: Coverage | undefined) => (coverage === undefined ? '-' : coverageText(coverage, reason));
  const cells = [
    `**${id}** ${statement}`,
    levelText(level),
    sections.rfc9568 ?? '-',
    sections.rfc5798 ?? '-',
    sections.rfc3768 ?? '-',
    cell(v2),
    cell(v3),
  ];
  return `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}
