import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { programPath } from '../../src/linux/programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-explore-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const explore = (...words: readonly string[]) =>
  spawnSync(process.execPath, [programPath('cli'), 'explore', '--out', join(folder, 'found'), ...words], {
    encoding: 'utf8',
  });

describe('vrrpbench explore', () => {
  it('says what was played, what was not reached, and that nothing was broken', () => {
    const { status, stdout } = explore('--schedules', '5', '--seed', '3');
    expect(stdout).toMatch(/^5 schedules, .* h of virtual time, \d+ of 46 transitions, 0 violations; seeds 3 to 7, /);
    expect(stdout).toContain('not reached: ');
    expect(stdout).toContain('out of reach of the simulation (there is no tracking): ');
    expect(stdout).toContain('no invariant was broken');
    expect(status).toBe(0);
  });

  it('writes the smallest scenario of what is broken, which run plays with the same outcome', () => {
    const { status, stdout } = explore('--schedules', '5', '--misbehaviour', 'keeps-active');
    expect(status).toBe(1);
    const [file] = readdirSync(join(folder, 'found'));
    expect(file).toMatch(/^two-active-\d+\.yaml$/);
    expect(stdout).toContain(join(folder, 'found', file!));
    expect(stdout).toMatch(/again: vrrpbench explore --seed \d+ --schedules 1 --misbehaviour keeps-active/);
    const words = ['run', join(folder, 'found', file!), '--stage', 'virtual', '--out', join(folder, 'runs')];
    expect(spawnSync(process.execPath, [programPath('cli'), ...words]).status).toBe(1);
  });

  it('prints the same JSON with any number of threads', () => {
    const [one, two] = ['1', '2'].map((jobs) => explore('--schedules', '25', '--beyond', '--json', '--jobs', jobs));
    expect(JSON.parse(one!.stdout)).toMatchObject({ firstSeed: 1, schedules: 25 });
    expect(one!.stdout).toBe(two!.stdout);
  });

  it('ends when its time is over', () => {
    const { status, stdout } = explore('--time', '100ms', '--jobs', '1');
    expect(stdout).toMatch(/^\d+ schedules, /);
    expect(status).toBe(0);
  });

  it('visits every state of a small LAN', () => {
    const { status, stdout } = explore('--exhaustive', '2', '--depth', '6');
    expect(stdout).toMatch(/2 routers, 6 moves: 42 configurations, [\d,]+ states, .* from every one of them the right/);
    expect(status).toBe(0);
    expect(explore('--exhaustive', '2', '--depth', '6', '--misbehaviour', 'keeps-active').status).toBe(1);
  });

  it.each([
    [['--depth', '3'], '--depth is for --exhaustive'],
    [['--schedules', '3', '--time', '1s'], 'only one of them'],
    [['--misbehaviour', 'none'], "there is no misbehaviour 'none'"],
    [['--exhaustive', '4'], 'expected 2 or 3'],
    [['--exhaustive', '2', '--misbehaviour', 'physical-source-mac'], 'the protocol core alone'],
  ])('refuses %j', (words, complaint) => {
    const { status, stderr } = explore(...words);
    expect(stderr).toContain(complaint);
    expect(status).toBe(2);
  });
});
