import { citation, LEDGER } from '../conformance/ledger/ledger.ts';
import { PROFILES } from '../conformance/result.ts';
import { RULES } from '../conformance/rules/rules.ts';
import { ruleInWords } from './check-words.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

/** Every requirement that watching judges: its name, the rule in words, where the documents say it, and what it needs. */
export function rulesText(style: Style, width?: number): string {
  const lines = LEDGER.flatMap((requirement) => {
    const rules = RULES.filter((rule) => rule.requirement === requirement.id);
    if (rules.length === 0) return [];
    const sections = PROFILES.flatMap((profile) => citation(requirement, profile) ?? []);
    const needs = [...new Set(rules.flatMap((rule) => rule.needs))];
    const where = sections.length === 0 ? 'good practice, which no RFC asks for' : [...new Set(sections)].join(', ');
    return [
      `${style.bold(requirement.id)}  ${ruleInWords({ requirement: requirement.id })}`,
      style.dim(`     ${where}${needs.length === 0 ? '' : `; needs ${needs.join(', ')}`}`),
    ];
  });
  return `${lines.flatMap((line) => wrap(line, width)).join('\n')}\n`;
}
