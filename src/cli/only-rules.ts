import type { CheckedCapture } from '../conformance/check-capture.ts';
import { LEDGER } from '../conformance/ledger/ledger.ts';

interface Pattern {
  readonly text: string;
  readonly excludes: boolean;
  readonly matches: (requirement: string) => boolean;
}

/** `tx.*,-tx.checksum.v4`: names of requirements, with `*` for any letters, and a minus for those that do not count. */
function parse(patterns: string): readonly Pattern[] {
  return patterns.split(',').map((word) => {
    const text = word.trim();
    const excludes = text.startsWith('-');
    const name = (excludes ? text.slice(1) : text).replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    const expression = new RegExp(`^${name}$`);
    return { text, excludes, matches: (requirement) => expression.test(requirement) };
  });
}

/** The first pattern that no requirement fits. */
export function unknownPattern(patterns: string): string | undefined {
  return parse(patterns).find(({ matches }) => !LEDGER.some(({ id }) => matches(id)))?.text;
}

/** A checked capture with what concerns the chosen requirements alone; history and causes stay. */
export function onlyRules(checked: CheckedCapture, patterns: string): CheckedCapture {
  const all = parse(patterns);
  const wanted = all.filter(({ excludes }) => !excludes);
  const unwanted = all.filter(({ excludes }) => excludes);
  const counts = ({ requirement }: { readonly requirement: string }) =>
    (wanted.length === 0 || wanted.some(({ matches }) => matches(requirement))) &&
    !unwanted.some(({ matches }) => matches(requirement));
  const { observation } = checked;
  return {
    ...checked,
    observation: {
      ...observation,
      findings: observation.findings.filter(counts),
      judged: observation.judged.filter(counts),
      notApplicable: observation.notApplicable.filter(counts),
    },
  };
}
