import { expect, it } from 'vitest';
import { addUsage, usageLine } from '../../src/report/cpu.ts';

const USAGE = {
  setUpMs: 1200.4,
  tearDownMs: 800.3,
  routerStartMs: 20_000,
  labMs: 6000,
  routersMs: 30_000,
  commandMs: 4000,
};

it('tells what of the CPU time was not playing, and how much of all that is', () => {
  expect(usageLine(USAGE)).toBe('CPU 40.0 s: set-up 1.2 s (3.0%), tear-down 0.8 s (2.0%), router start 20.0 s (50.0%)');
});

it('adds up what several machines used', () => {
  expect(addUsage([USAGE, USAGE])).toEqual({
    setUpMs: 2401,
    tearDownMs: 1601,
    routerStartMs: 40_000,
    labMs: 12_000,
    routersMs: 60_000,
    commandMs: 8000,
  });
});
