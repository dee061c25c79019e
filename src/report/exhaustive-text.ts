import type { Exhausted } from '../exploration/exhaustive.ts';

/** What one configuration came to, in a line, with the way to what must not be under it. */
export function exhaustedText({ configuration, states, moves, twoActive, longestNs, violation }: Exhausted): string {
  const figures = [
    `${states} states`,
    `${moves} moves`,
    `${twoActive} with two Active`,
    `at rest after ${(longestNs / 1e9).toFixed(2)} s`,
  ];
  const line = `${configuration}: ${figures.join(', ')}\n`;
  if (violation === undefined) return line;
  return `${line}  VIOLATION: ${violation.sentence}, after: ${violation.by.join('; ')}\n`;
}

/** All configurations together. */
export function exhaustiveSummary(results: readonly Exhausted[], routers: number, depth: number): string {
  const states = results.reduce((sum, one) => sum + one.states, 0);
  const moves = results.reduce((sum, one) => sum + one.moves, 0);
  const broken = results.filter(({ violation }) => violation !== undefined).length;
  const verdict =
    broken === 0
      ? 'from every one of them the right router alone is Active within the bound'
      : `${broken} configurations have states from which the right router does not become the only Active one`;
  return `${routers} routers, ${depth} moves: ${results.length} configurations, ${states.toLocaleString('en')} states, ${moves.toLocaleString('en')} moves between them; ${verdict}\n`;
}

/** The same as JSON. */
export function exhaustiveJson(results: readonly Exhausted[]): string {
  return `${JSON.stringify(
    results.map(({ longestNs, ...result }) => ({ ...result, longestSeconds: longestNs / 1e9 })),
    undefined,
    2,
  )}\n`;
}
