import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isHoldUp } from '../../src/capture/event.ts';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/capture/frame.ts';
import type { Stage } from '../../src/stage/stage.ts';
import type { Fabric } from '../../src/stage/topology.ts';
import { requirePeer } from '../peers.ts';
import {
  host,
  isAdvertisement,
  isEchoReply,
  isEchoRequest,
  isResignation,
  lan,
  openTestLab,
  probeNumber,
  type Recording,
  record,
  router,
  until,
} from './recording.ts';

const SECOND = 1_000_000_000;

describe.runIf(requirePeer('keepalived')).concurrent('two keepalived routers and a host', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openTestLab();
  });
  afterAll(() => lab.close());

  async function play(fabric: Fabric) {
    const recording = record();
    const set = await lab.build(
      {
        lans: lan(fabric),
        nodes: [
          router('r1', 1, 'keepalived', { priority: 200 }),
          router('r2', 2, 'keepalived', { priority: 100 }),
          host('h1', 10),
        ],
      },
      recording,
      { seed: 1 },
    );
    // One after the other: on a busy machine the second to start could be Active before the first is there.
    await set.perform({ kind: 'start', router: 'r1' });
    await until(set, 'r1 is Active', 3, () => advertisements(recording, 'r1').length >= 5);
    await set.perform({ kind: 'start', router: 'r2' });
    await set.advance(set.now() + SECOND / 2);
    return { set, recording };
  }

  function advertisements(recording: Recording, name: string) {
    return recording.at(`${name}-lan`, DIRECTION_OUT, isAdvertisement);
  }

  for (const fabric of ['bridge', 'wire'] as const) {
    it(`on a ${fabric}: r2 takes over when r1 loses its power, and the probe shows what was lost`, async () => {
      const { set, recording } = await play(fabric);
      await set.perform({
        kind: 'begin-probe',
        probe: { name: 'ping', from: 'h1', to: '192.0.2.101', intervalNs: 2_000_000 },
      });
      const replies = () => recording.at('h1-lan', DIRECTION_IN, isEchoReply);
      await until(set, 'the virtual address answers', 2, () => replies().length > 20);
      await set.perform({ kind: 'power-off', node: 'r1' });
      await until(set, 'r2 is Active', 2, () => advertisements(recording, 'r2').length >= 2);
      const answeredBefore = replies().length;
      await until(set, 'the virtual address answers again', 5, () => replies().length > answeredBefore + 20);
      await set.perform({ kind: 'end-probe', name: 'ping' });
      await set.advance(set.now() + SECOND / 10);
      const summary = await set.close();

      const lastOfR1 = advertisements(recording, 'r1').at(-1)!.timeNs;
      const firstOfR2 = advertisements(recording, 'r2')[0]!.timeNs;
      // RFC 9568 §6.1: 3 * 100 ms + (256 - 100) / 256 * 100 ms; keepalived truncates the skew to 10 ms.
      expect(firstOfR2 - lastOfR1).toBeGreaterThan(0.359 * SECOND);
      expect(firstOfR2 - lastOfR1).toBeLessThan(0.6 * SECOND);

      const powerOff = recording.events.find(({ kind }) => kind === 'power-off')!.timeNs;
      expect(lastOfR1).toBeLessThan(powerOff + 0.02 * SECOND);
      const sent = recording.at('h1-lan', DIRECTION_OUT, isEchoRequest).map(({ bytes }) => probeNumber(bytes));
      const answered = new Set(replies().map(({ bytes }) => probeNumber(bytes)));
      expect(sent).toEqual(Array.from(sent, (_, position) => position + 1));
      const lost = sent.filter((number) => !answered.has(number));
      // About 150 of one each 2 ms; every one of them in the outage.
      expect(lost.length).toBeGreaterThan(50);
      expect(lost.at(-1)! - lost[0]!).toBe(lost.length - 1);

      expect(recording.events).toContainEqual(
        expect.objectContaining({ kind: 'router-exited', router: 'r1', expected: true, signal: 'SIGKILL' }),
      );
      expect(summary.droppedFrames).toBe(0);
      expect(summary.logs.r2!.join('\n')).toContain('Entering MASTER STATE');
      expect(summary.configurations.r1!['keepalived.conf']).toContain('virtual_router_id 51');
    });
  }

  it('each port shows an advertisement once: out of the sender, into the others', async () => {
    const { set, recording } = await play('bridge');
    await set.close();
    const sent = advertisements(recording, 'r1').length;
    for (const name of ['r2-lan', 'h1-lan']) {
      const seen = recording.at(name, DIRECTION_IN, isAdvertisement).length;
      expect(Math.abs(seen - sent)).toBeLessThanOrEqual(1);
    }
    expect(recording.at('r1-lan', DIRECTION_IN, isAdvertisement)).toEqual([]);
  });

  it('killed: it sends nothing more, not even a resignation', async () => {
    const { set, recording } = await play('bridge');
    await set.perform({ kind: 'kill', router: 'r1' });
    const killed = recording.events.find(({ kind }) => kind === 'router-killed') ?? { timeNs: set.now() };
    await until(set, 'r2 is Active', 2, () => advertisements(recording, 'r2').length > 0);
    await set.close();
    const late = recording.at('r1-lan', DIRECTION_OUT, isAdvertisement).filter(({ timeNs }) => timeNs > killed.timeNs);
    expect(late).toEqual([]);
    expect(recording.at('r1-lan', DIRECTION_OUT, isResignation)).toEqual([]);
  });

  it('stopped gracefully: it resigns, and starts again when it is told to', async () => {
    const { set, recording } = await play('bridge');
    await set.perform({ kind: 'stop', router: 'r1' });
    await until(set, 'r1 resigns', 2, () => recording.at('r1-lan', DIRECTION_OUT, isResignation).length > 0);
    await until(set, 'r2 is Active', 2, () => advertisements(recording, 'r2').length > 0);
    await set.perform({ kind: 'start', router: 'r1' });
    const before = advertisements(recording, 'r1').length;
    await until(set, 'r1 is Active again', 5, () => advertisements(recording, 'r1').length > before + 3);
    const kinds = recording.events
      .filter((event) => 'router' in event && event.router === 'r1' && !isHoldUp(event))
      .map(({ kind }) => kind);
    expect(kinds).toEqual([
      'router-started',
      'router-ready',
      'router-stopping',
      'router-exited',
      'router-started',
      'router-ready',
    ]);
    await set.close();
  });

  it('frozen: the other takes over; thawed: it preempts', async () => {
    const { set, recording } = await play('bridge');
    await set.perform({ kind: 'freeze', router: 'r1' });
    await until(set, 'r2 is Active', 2, () => advertisements(recording, 'r2').length > 2);
    const before = advertisements(recording, 'r1').length;
    await set.perform({ kind: 'thaw', router: 'r1' });
    await until(set, 'r1 advertises again', 2, () => advertisements(recording, 'r1').length > before + 3);
    await set.close();
  });

  it('a cable pulled and plugged', async () => {
    const { set, recording } = await play('bridge');
    await set.perform({ kind: 'pull-cable', node: 'r1', lan: 'lan' });
    await until(set, 'r2 is Active', 2, () => advertisements(recording, 'r2').length > 2);
    const before = advertisements(recording, 'r1').length;
    await set.perform({ kind: 'plug-cable', node: 'r1', lan: 'lan' });
    await until(set, 'r1 advertises again', 5, () => advertisements(recording, 'r1').length > before + 3);
    await set.close();
  });

  for (const fabric of ['bridge', 'wire'] as const) {
    it(`power off and on, on a ${fabric}: the machine comes back empty, and its router starts anew`, async () => {
      const { set, recording } = await play(fabric);
      await set.perform({ kind: 'power-off', node: 'r1' });
      await expect(set.perform({ kind: 'start', router: 'r1' })).rejects.toThrow('no power');
      await until(set, 'r2 is Active', 2, () => advertisements(recording, 'r2').length > 2);
      await set.perform({ kind: 'power-on', node: 'r1' });
      const before = advertisements(recording, 'r1').length;
      await set.perform({ kind: 'start', router: 'r1' });
      await until(set, 'r1 is Active again', 5, () => advertisements(recording, 'r1').length > before + 3);
      const summary = await set.close();
      expect(summary.logs.r1!.filter((line) => line.includes('Success creating VMAC'))).toHaveLength(2);
    });
  }

  it('a cable that is out stays out when the power comes back', async () => {
    const { set, recording } = await play('bridge');
    await set.perform({ kind: 'power-off', node: 'r1' });
    await set.perform({ kind: 'pull-cable', node: 'r1', lan: 'lan' });
    await expect(set.perform({ kind: 'pull-cable', node: 'r1', lan: 'lan' })).rejects.toThrow('out already');
    await set.perform({ kind: 'power-on', node: 'r1' });
    await set.perform({ kind: 'start', router: 'r1' });
    await until(set, 'r2 is Active', 3, () => advertisements(recording, 'r2').length > 10);
    const before = advertisements(recording, 'r1').length;
    await set.perform({ kind: 'plug-cable', node: 'r1', lan: 'lan' });
    await until(set, 'r1 advertises again', 5, () => advertisements(recording, 'r1').length > before + 3);
    const plugged = recording.events.find(({ kind }) => kind === 'cable-plugged')!.timeNs;
    const off = recording.events.find(({ kind }) => kind === 'power-off')!.timeNs;
    // A link that goes down lets pass what is under way for some milliseconds.
    const between = recording
      .at('r1-lan', DIRECTION_OUT)
      .filter(({ timeNs }) => timeNs > off + SECOND / 20 && timeNs < plugged);
    expect(between).toEqual([]);
    await set.close();
  });
});
