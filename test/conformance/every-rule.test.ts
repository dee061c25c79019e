import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LEDGER } from '../../src/conformance/ledger/ledger.ts';
import { CAUSE_IDS } from '../../src/conformance/result.ts';
import { RULES } from '../../src/conformance/rules/rules.ts';
import { made, named, outcomes } from './watch.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const own = 'every-rule.test.ts';

/** The tests of this folder that make captures: they run here once more, so that what they found is counted. */
const others = readdirSync(folder).filter(
  (name) =>
    name.endsWith('.test.ts') && name !== own && readFileSync(`${folder}${name}`, 'utf8').includes("from './watch.ts'"),
);
for (const name of others) await import(/* @vite-ignore */ `${folder}${name}`);

/** What a capture can only show to be kept: not to do it leaves no frame. */
const NEVER_BROKEN = ['active.accept-owner', 'active.forward'];
/** These have nothing to count where nothing is wrong; that they are silent then is in their own tests. */
const COMPLAIN_ALONE = [
  'active.not-accept',
  'active.yield-tie',
  'backup.discard-vmac',
  'backup.no-preempt',
  'backup.no-vmac-source',
  'backup.not-accept',
  'backup.preempt',
  'down.no-garp-reply',
];

describe('every rule', () => {
  const requirements = [...new Set(RULES.map(({ requirement }) => requirement))].sort();

  it('is one of the ledger', () => {
    expect(requirements.filter((id) => !LEDGER.some((row) => row.id === id))).toEqual([]);
  });

  it('has a capture made here that breaks it', () => {
    expect(requirements.filter((id) => (outcomes.get(id)?.broken ?? 0) === 0)).toEqual(NEVER_BROKEN);
  });

  it('has a capture made here that keeps it, of which it says nothing', () => {
    expect(requirements.filter((id) => (outcomes.get(id)?.kept ?? 0) === 0)).toEqual(COMPLAIN_ALONE);
  });
});

describe('every cause', () => {
  it('is named of a capture made here, and not of most', () => {
    expect(CAUSE_IDS.filter((id) => !named.has(id))).toEqual([]);
    expect(CAUSE_IDS.filter((id) => named.get(id)! > made.captures / 2)).toEqual([]);
  });

  it('is in the guide, in words', () => {
    const guide = readFileSync(`${folder}../../docs/check.md`, 'utf8');
    expect(CAUSE_IDS.filter((id) => !guide.includes(`\`${id}\``))).toEqual([]);
  });
});
