/** The verdicts as the page shows them, the worst first. */
export const VERDICTS = ['fail', 'inconclusive', 'warning', 'pass', 'skipped', 'not-applicable'] as const;
export type Verdict = (typeof VERDICTS)[number];
