import { type Catch, isCaught, type MutantResult } from '../scenario/mutants.ts';

/** One misbehaviour in a few lines: caught or missed, what it does, and by which scenario and rule it was caught. */
export function mutantText(result: MutantResult): string {
  const { misbehaviour, verdicts } = result;
  const head = `${isCaught(result) ? 'caught' : 'MISSED'}  ${misbehaviour.name}: ${misbehaviour.does}`;
  const lines = new Map<string, string[]>();
  for (const { variant, caught, noticed, played } of verdicts) {
    const text =
      caught === undefined
        ? `missed by ${played} scenarios${noticed === undefined ? '' : `; noticed by ${catchText(noticed)}`}`
        : catchText(caught);
    lines.set(text, [...(lines.get(text) ?? []), variant]);
  }
  return [head, ...[...lines].map(([text, variants]) => `        ${variants.join(', ')}: ${text}`), ''].join('\n');
}

function catchText({ scenario, by }: Catch): string {
  return `${scenario} (${by})`;
}

/** How many were caught, and the names of those that were not. */
export function mutantsSummary(results: readonly MutantResult[]): string {
  const missed = results.filter((result) => !isCaught(result)).map(({ misbehaviour }) => misbehaviour.name);
  const caught = `${results.length - missed.length} of ${results.length} misbehaviours caught`;
  return missed.length === 0 ? caught : `${caught}; missed: ${missed.join(', ')}`;
}

/** The results as data, for programs. */
export function mutantsJson(results: readonly MutantResult[]): string {
  const rows = results.map((result) => ({
    misbehaviour: result.misbehaviour.name,
    does: result.misbehaviour.does,
    breaks: result.misbehaviour.breaks,
    caught: isCaught(result),
    variants: result.verdicts,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
