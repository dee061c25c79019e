import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage } from '../../src/cli/open-stage.ts';
import { measure } from '../../src/failover/figures.ts';
import { playTrial } from '../../src/failover/play.ts';
import type { Trial } from '../../src/failover/trial.ts';
import { ONE_WAY_MAGIC, PROBE_MAGIC } from '../../src/stage/probe-packet.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { brackets, measureBlackHole, widthNs } from './black-hole.ts';

const MILLISECOND = 1_000_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage('lab');
});
afterAll(() => stage.close());

/** A trial that counts: one that the host spoiled is played again, as a measurement leaves it out. */
async function figuresOf(trial: Partial<Trial>) {
  for (let seed = 1; ; seed++) {
    const played = await playTrial(stage, {
      router: 'native',
      variant: 'v3-ipv4',
      intervalNs: 100 * MILLISECOND,
      fault: 'power-off',
      phase: 0.5,
      seed,
      ...trial,
    });
    if ('kind' in played) throw new Error(`${played.kind}: ${played.reason}`);
    const measured = measure(played);
    if (measured.kind === 'measured') return measured.figures;
    if (seed === 20) throw new Error(measured.reason);
  }
}

describe('a failover in the lab', () => {
  it.each(['v3-ipv4', 'v3-ipv6'] as const)(
    '%s, power-off: every path is gone from the fault to the takeover',
    async (variant) => {
      const { takeovers, paths } = await figuresOf({ variant });
      for (const [path, lan] of [
        ['to-server', 'inside'],
        ['to-client', 'outside'],
        ['virtual-address', 'inside'],
      ] as const) {
        const { addedNs = -1, faultToFirstNs = -1 } = takeovers[lan] ?? {};
        expect(addedNs).toBeGreaterThanOrEqual(0);
        // Links end one after the other after the power went; addresses come after the advertisement.
        const { outageFromNs, outageToNs } = paths[path];
        expect(outageToNs).toBeGreaterThan(faultToFirstNs - 60 * MILLISECOND);
        expect(outageFromNs).toBeLessThan(faultToFirstNs + 30 * MILLISECOND);
      }
    },
    60_000,
  );

  it.each(['v3-ipv4', 'v3-ipv6'] as const)(
    '%s, power-off: a TCP connection stands still as long as the network is gone, and goes on',
    async (variant) => {
      const { connection, paths } = await figuresOf({ variant });
      expect(connection!.stallNs).toBeGreaterThan(paths['to-server'].outageFromNs);
      // Sent again 200 ms after the loss, 400 ms after that, and then 800 ms.
      expect(connection!.stallNs).toBeLessThan(1_800 * MILLISECOND);
    },
    60_000,
  );

  it('in-lost: a TCP connection does not go on', async () => {
    const { connection } = await figuresOf({ fault: 'in-lost' });
    expect(connection!.stallNs).toBe(Number.POSITIVE_INFINITY);
  }, 60_000);

  it('stopped: the takeover comes after Skew_Time, not after Active_Down_Interval', async () => {
    const { takeovers } = await figuresOf({ fault: 'stopped' });
    expect(takeovers.inside!.lastToFirstNs).toBeGreaterThanOrEqual(60 * MILLISECOND);
    expect(takeovers.inside!.lastToFirstNs).toBeLessThan(200 * MILLISECOND);
  }, 60_000);

  it('priority-lowered: the other takes over Active_Down_Interval after the last advertisement of a higher priority, and the network stays', async () => {
    const { takeovers, paths } = await figuresOf({ fault: 'priority-lowered' });
    for (const { addedNs = -1, faultToFirstNs } of Object.values(takeovers)) {
      expect(addedNs).toBeGreaterThanOrEqual(0);
      expect(addedNs).toBeLessThan(100 * MILLISECOND);
      // Active_Down_Interval is 361 ms, and what the router needs to read its configuration comes before.
      expect(faultToFirstNs).toBeGreaterThan(261 * MILLISECOND);
    }
    for (const { outageFromNs } of Object.values(paths)) expect(outageFromNs).toBeLessThan(30 * MILLISECOND);
  }, 60_000);
});

describe.each(['v3-ipv4', 'v3-ipv6'] as const)('the capture of a trial, %s', (variant) => {
  const dataAt = variant === 'v3-ipv4' ? 42 : 62;
  /** Frames by where they were seen and what they carry. */
  async function seen(): Promise<ReadonlyMap<string, number>> {
    const places: string[] = [];
    const counts = new Map<string, number>();
    const trial = {
      router: 'native',
      variant,
      intervalNs: 100 * MILLISECOND,
      fault: 'stopped',
      phase: 0,
      seed: 1,
    } as const;
    await playTrial(stage, trial, {
      origin() {},
      event() {},
      interface: (index, { port }) => {
        places[index] = port!.kind;
      },
      frame({ bytes, start, end, interfaceIndex }) {
        const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
        if (view.byteLength < dataAt + 8) return;
        const isConnection = view.getUint8(dataAt - (variant === 'v3-ipv4' ? 19 : 42)) === 6;
        const flags = isConnection ? view.getUint8(dataAt + 5) : 0;
        const word = view.getUint32(dataAt);
        const what = isConnection
          ? (flags & 7) === 0
            ? 'segment'
            : 'SYN, FIN or RST'
          : { [ONE_WAY_MAGIC]: 'one-way', [PROBE_MAGIC]: 'echo' }[word];
        const key = `${places[interfaceIndex]} ${what}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      },
    });
    return counts;
  }

  it('has one-way probes and segments at the ports of hosts alone, and everything else at those of routers, too', async () => {
    const counts = await seen();
    for (const key of ['host one-way', 'host segment', 'host echo', 'router echo', 'router SYN, FIN or RST'])
      expect(counts.get(key), key).toBeGreaterThan(0);
    for (const key of ['router one-way', 'router segment']) expect(counts.get(key), key).toBeUndefined();
  }, 60_000);
});

describe('a black hole of known length', () => {
  it.each([50, 200, 1000])(
    'of %i ms is bracketed on every path, each of three times, by bounds two packets apart beside what the host did not send',
    async (lengthMs) => {
      const runs = await Promise.all([1, 2, 3].map((seed) => measureBlackHole(stage, lengthMs * MILLISECOND, seed)));
      expect(runs.map(({ droppedFrames }) => droppedFrames)).toEqual([0, 0, 0]);
      const paths = runs.flatMap((run) => run.paths);
      expect(paths.filter((path) => !brackets(path))).toEqual([]);
      const widths = paths
        .map(({ measured, unsentNs }) => widthNs(measured) - unsentNs)
        .sort((left, right) => left - right);
      expect(widths[widths.length >> 1]).toBeLessThanOrEqual(2 * MILLISECOND);
    },
    60_000,
  );

  it('is known to last as long as was asked, to a few milliseconds', async () => {
    const { paths } = await measureBlackHole(stage, 200 * MILLISECOND, 4);
    for (const { true: truth } of paths) {
      expect(truth.fromNs).toBeGreaterThan(190 * MILLISECOND);
      expect(truth.toNs).toBeLessThan(260 * MILLISECOND);
      expect(widthNs(truth)).toBeLessThan(10 * MILLISECOND);
    }
  }, 60_000);
});
