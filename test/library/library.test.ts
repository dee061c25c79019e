import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../../src/library/vitest.ts';
import { check, type Lab, lab, type Run, type ScenarioDocument, scenario } from '../../src/index.ts';

const DOCUMENT: ScenarioDocument = {
  name: 'Written in TypeScript',
  routers: { r1: { priority: 150 }, r2: null },
  hosts: ['h1'],
  steps: [
    { start: ['r1', 'r2'] },
    { await: { active: 'r1' } },
    { probe: null },
    { pause: '300ms' },
    { 'power-off': 'r1' },
    { await: { active: 'r2' } },
    { pause: '300ms' },
    'end-probe',
  ],
  expect: [{ takeover: { of: 'r2' } }],
};

describe('a program that uses the library plays a scenario', () => {
  let bench: Lab;
  let run: Run;
  beforeAll(async () => {
    bench = await lab();
    run = await bench.play(await scenario(DOCUMENT), { variant: 'v3-ipv4', seed: 7 });
  });
  afterAll(() => bench.close());

  it('on real routers, and asks what became of it', () => {
    expect(run).toPass();
    expect(run).toMatchObject({ stage: 'lab', router: 'native', seed: 7 });
  });

  it('and whether it conforms', async () => {
    await expect(run).toConform('rfc9568');
  });

  it('and whether it failed over in time: takeovers and probes are within the limit', () => {
    expect(run).toFailOverWithin('active-down-interval + 20ms');
    expect(() => expect(run).toFailOverWithin('500ms')).toThrow(
      /did not fail over within 500ms \(500 ms\):\n {2}r2 took over 3\.\d+ s after .+\n {2}probe .+: 3\.\d+ s to 3\.\d+ s without answers/,
    );
  });

  it('which says what is no limit', () => {
    expect(() => expect(run).toFailOverWithin('soon')).toThrow("'soon' is no duration");
  });
});

it('a run in which nobody took over did not fail over', async () => {
  await using bench = await lab({ virtual: true });
  const document: ScenarioDocument = {
    name: 'Nothing happens',
    routers: ['r1', 'r2'],
    steps: [{ start: ['r1', 'r2'] }, { pause: '2s' }],
    expect: ['one-active'],
  };
  const run = await bench.play(await scenario(document), { variant: 'v3-ipv4' });
  expect(() => expect(run).toFailOverWithin('1min')).toThrow('nobody took over');
});

describe('captures of others', () => {
  it('conform, or the message names rule, router, frames and what is wrong', async () => {
    const asked = expect('captures/recorded/keepalived-2.2.7_v3_ipv4_novmac.pcap').toConform('rfc9568');
    await expect(asked).rejects.toThrow(/^it breaks RFC 9568:\n {2}tx\.src-mac by \S+, \d+ times, frames \d+/);
  });

  it('that were judged already are taken as they are', async () => {
    await expect(await check('captures/recorded/keepalived-2.2.7_v3_ipv4_vmac.pcap')).toConform('rfc9568');
  });
});

it('a scenario that contradicts itself is refused with its place', async () => {
  await expect(scenario('test/scenario/files/misspelt.yaml')).rejects.toThrow(/:\d+:\d+: /);
});
