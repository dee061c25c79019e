// A program that opens a lab, says on its standard output that it plays, and plays until it is ended: by SIGUSR2, where
// it is to close the lab, or in whatever way the test has in mind.

import { once } from 'node:events';
import { availableImplementations, launchFor } from '../../src/implementations/registry.ts';
import { openLab } from '../../src/lab/lab.ts';
import { host, isAdvertisement, lan, record, router, until } from './recording.ts';

const [how = 'close', implementation = 'keepalived', fabric = 'wire'] = process.argv.slice(2);

const lab = await openLab({ launchFor, implementations: availableImplementations() });
const recording = record();
const set = await lab.build(
  {
    lans: lan(fabric === 'wire' ? 'wire' : 'bridge'),
    nodes: [
      router('r1', 1, implementation, { priority: 200 }),
      router('r2', 2, implementation, { priority: 100 }),
      host('h1', 10),
    ],
  },
  recording,
  { seed: 1 },
);
await set.perform({ kind: 'start', router: 'r1' });
await set.perform({ kind: 'start', router: 'r2' });
await set.perform({
  kind: 'begin-probe',
  probe: { name: 'ping', from: 'h1', to: '192.0.2.101', intervalNs: 10_000_000 },
});
await until(set, 'r1 advertises', 10, () => recording.frames.some(({ bytes }) => isAdvertisement(bytes)));
// The signal is listened for before anybody is told to send it: unheard, it would end the process.
const asked = how === 'close' ? once(process, 'SIGUSR2') : undefined;
process.stdout.write(`playing ${JSON.stringify({ realTime: lab.capabilities.realTime })}\n`);

if (asked) {
  await asked;
  const summary = await set.close();
  await lab.close();
  process.stdout.write(`closed ${summary.droppedFrames}\n`);
} else {
  // Until somebody ends us: how we are ended is what the test is about.
  await set.advance(set.now() + 60_000_000_000);
}
