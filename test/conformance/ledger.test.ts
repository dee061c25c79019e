import { describe, expect, it } from 'vitest';
import { citation, LEDGER, levelOf, requirementOf } from '../../src/conformance/ledger/ledger.ts';
import { PROFILES } from '../../src/conformance/result.ts';
import { RULES } from '../../src/conformance/rules/rules.ts';

describe('the ledger', () => {
  it('has each requirement once, with a document or a reason to count', () => {
    const ids = LEDGER.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, sections, level } of LEDGER) {
      const isOurs = level === 'none' && Object.keys(sections).length === 0;
      expect(isOurs || Object.keys(sections).length > 0, id).toBe(true);
    }
  });

  it('cites sections as people look them up', () => {
    expect(citation(requirementOf('tx.ttl'), 'rfc9568')).toBe('RFC 9568 §5.1.1.3, §5.1.2.3');
    expect(citation(requirementOf('tx.dst-mac'), 'rfc3768')).toMatch(/^RFC 1112/);
    expect(citation(requirementOf('backup.no-vmac-source'), 'rfc9568')).toBe('intent of RFC 9568 §7.2');
    expect(citation(requirementOf('nd.iid'), 'rfc9568')).toBeUndefined();
  });

  it('says how much a broken requirement counts', () => {
    expect(levelOf(requirementOf('tx.ttl'))).toBe('must');
    expect(levelOf(requirementOf('cfg.one-owner'))).toBe('should');
    expect(levelOf(requirementOf('tx.auth.type'))).toBe('information');
    expect(levelOf(requirementOf('tx.one-active'))).toBe('must');
  });
});

describe('the rules', () => {
  it('are each about a requirement of the ledger, by documents that have it', () => {
    for (const { requirement, profiles } of RULES) {
      const { sections, level } = requirementOf(requirement);
      expect(profiles.length, requirement).toBeGreaterThan(0);
      if (level === 'none') continue;
      const known = PROFILES.filter((profile) => sections[profile] !== undefined);
      expect(
        profiles.some((profile) => known.includes(profile)),
        requirement,
      ).toBe(true);
    }
  });

  it('speak for every row, or the ledger says why none can', () => {
    // These two are found where frames are read, before there is anything for a rule to look at.
    const covered = new Set([...RULES.map(({ requirement }) => requirement), 'tx.protocol', 'lan.echo']);
    const silent = LEDGER.filter(({ id }) => !covered.has(id));
    expect(silent.filter(({ unseen }) => unseen === undefined).map(({ id }) => id)).toEqual([]);
    expect(silent.filter(({ how }) => how.includes('passive')).map(({ id }) => id)).toEqual([]);
    expect(LEDGER.filter(({ id, unseen }) => unseen !== undefined && covered.has(id))).toEqual([]);
  });
});
