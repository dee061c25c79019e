import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTION_OUT, LINK_TYPE_ETHERNET } from '../../src/capture/frame.ts';
import type { VirtualRouterIntent } from '../../src/capture/intent.ts';
import { vrrpdConfiguration } from '../../src/implementations/frr-configuration.ts';
import { compileScenario, parseScenario } from '../../src/scenario/parse.ts';
import { runPlan } from '../../src/scenario/runner.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { createVrrpCursor, readVrrp } from '../../src/wire/vrrp.ts';
import { lan, openTestLab, type Recording, record, router, until } from '../lab/recording.ts';
import { requirePeer } from '../peers.ts';

const frame = createFrameCursor();
const message = createVrrpCursor();

interface Advertisement {
  readonly timeNs: number;
  readonly version: number;
  readonly ipVersion: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly interval: number;
  readonly sourceMac: string;
}

function advertisements(recording: Recording, name: string): Advertisement[] {
  return recording.at(`${name}-lan`, DIRECTION_OUT).flatMap(({ timeNs, bytes }) => {
    readFrame(frame, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length);
    if (frame.protocol !== 112) return [];
    readVrrp(message, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, frame.addressLength);
    const { version, virtualRouterId, priority, interval } = message;
    const sourceMac = Buffer.from(bytes.subarray(6, 12)).toString('hex');
    return [{ timeNs, version, ipVersion: frame.ipVersion, virtualRouterId, priority, interval, sourceMac }];
  });
}

const VARIANTS: Readonly<Record<string, [Partial<VirtualRouterIntent>, Partial<Advertisement>]>> = {
  'version 2, IPv4': [
    { version: 2, advertisementIntervalNs: 1_000_000_000, priority: 150 },
    { version: 2, ipVersion: 4, virtualRouterId: 51, priority: 150, interval: 1, sourceMac: '00005e000133' },
  ],
  'version 3, IPv4': [
    { priority: 200 },
    { version: 3, ipVersion: 4, virtualRouterId: 51, priority: 200, interval: 10, sourceMac: '00005e000133' },
  ],
  'version 3, IPv6': [
    { family: 'ipv6', addresses: ['fe80::5e:51', '2001:db8::101'] },
    { version: 3, ipVersion: 6, virtualRouterId: 51, priority: 100, interval: 10, sourceMac: '00005e000233' },
  ],
};

describe.runIf(requirePeer('frr')).concurrent('FRR in the lab', { timeout: 60_000 }, () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openTestLab();
  });
  afterAll(() => lab.close());

  it.each(Object.entries(VARIANTS))('%s: advertises what it was told', async (_, [intent, expected]) => {
    const recording = record();
    const nodes = [router('r1', 1, 'frr', intent)];
    const set = await lab.build({ lans: lan('bridge'), nodes }, recording, { seed: 1 });
    await set.perform({ kind: 'start', router: 'r1' });
    await until(set, 'it advertises', 15, () => advertisements(recording, 'r1').length > 0);
    await set.close();
    expect(advertisements(recording, 'r1')[0]).toMatchObject(expected);
  });

  it('is ready when it is Backup, says with priority 0 that it stops, and ends with both daemons', async () => {
    const recording = record();
    const set = await lab.build({ lans: lan('bridge'), nodes: [router('r1', 1, 'frr')] }, recording, { seed: 1 });
    const ended = () => recording.events.flatMap((event) => (event.kind === 'router-exited' ? [event] : []));
    await set.perform({ kind: 'start', router: 'r1' });
    expect(advertisements(recording, 'r1')).toEqual([]);
    await until(set, 'it is Active', 15, () => advertisements(recording, 'r1').length > 1);
    await set.perform({ kind: 'stop', router: 'r1' });
    await until(set, 'it has ended', 10, () => ended().length > 0);
    expect(ended()[0]).toMatchObject({ expected: true, exitCode: 0 });
    expect(advertisements(recording, 'r1').at(-1)).toMatchObject({ priority: 0 });
    await set.close();
  });

  it('dies as a whole, and starts again', async () => {
    const recording = record();
    const set = await lab.build({ lans: lan('bridge'), nodes: [router('r1', 1, 'frr')] }, recording, { seed: 1 });
    await set.perform({ kind: 'start', router: 'r1' });
    await until(set, 'it is Active', 15, () => advertisements(recording, 'r1').length > 1);
    await set.perform({ kind: 'kill', router: 'r1' });
    const killedNs = set.now();
    await set.advance(killedNs + 500_000_000);
    const later = () => advertisements(recording, 'r1').filter(({ timeNs }) => timeNs > killedNs);
    expect(later()).toEqual([]);
    await set.perform({ kind: 'start', router: 'r1' });
    await until(set, 'it is Active again', 15, () => later().length > 1);
    await set.close();
    expect(advertisements(recording, 'r1').every(({ priority }) => priority !== 0)).toBe(true);
  });

  it('a scenario that asks for what it has no setting for is not applicable', async () => {
    const text =
      'name: n\nvirtual-router: { accept: false }\nrouters: [r1]\nsteps: [{ start: r1 }]\nexpect: [one-active]\n';
    const plan = compileScenario(parseScenario(text, 'n.yaml'), { variant: 'v3-ipv4', implementation: 'frr' });
    expect(await runPlan(lab, plan, { seed: 1 })).toMatchObject({
      verdict: 'not-applicable',
      reason: "router 'r1' is to be played by FRR, which cannot turn the accept mode off",
    });
  });
});

describe('the vrrpd.conf of a router', () => {
  it('says what the router is meant to do, and leaves the rest to FRR', () => {
    const described = router('r1', 1, 'frr', { priority: 200, preempt: false, advertisementIntervalNs: 300_000_000 });
    expect(vrrpdConfiguration(described).split('\n').slice(2)).toEqual([
      'interface eth0',
      ' vrrp 51 version 3',
      ' vrrp 51 priority 200',
      ' vrrp 51 advertisement-interval 300',
      ' no vrrp 51 preempt',
      ' vrrp 51 ip 192.0.2.101',
      'exit',
      '',
    ]);
  });

  it.each([
    [{ acceptMode: false }, /accept mode/],
    [{ transmitOnBase: true }, /physical MAC/],
    [{ preemptDelayNs: 1_000_000_000 }, /delay preemption/],
    [{ ipv4Checksum: 'message-alone' }, /pseudo-header/],
  ] as const)('refuses what FRR has no setting for: %o', (intent, reason) => {
    expect(() => vrrpdConfiguration(router('r1', 1, 'frr', intent))).toThrow(
      expect.objectContaining({ name: 'StageError', message: expect.stringMatching(reason) }),
    );
  });
});
