import { afterAll, beforeAll, expect, it } from 'vitest';
import { DIRECTION_OUT, LINK_TYPE_ETHERNET } from '../../src/capture/frame.ts';
import { openLab } from '../../src/lab/lab.ts';
import { createResponseReader, type Response } from '../../src/scenario/responses.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { arpFrame, neighborSolicitationFrame } from '../../src/wire/build.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { host, lan, record, tester, until } from './recording.ts';

let lab: Stage;
beforeAll(async () => {
  lab = await openLab({
    implementations: new Set(),
    launchFor: () => {
      throw new Error('there is no router');
    },
  });
});
afterAll(() => lab.close());

const cursor = createFrameCursor();
const readResponse = createResponseReader();

function answer(bytes: Uint8Array): Response | undefined {
  readFrame(cursor, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length);
  return readResponse(cursor, bytes);
}

const ASKING = '02:00:00:00:01:01';
const CLAIMED = '02:00:00:00:00:99';

it.each([
  [
    'an ARP request',
    '192.0.2.101',
    arpFrame({ operation: 'request', senderMac: ASKING, senderAddress: '192.0.2.1', targetAddress: '192.0.2.101' }),
  ],
  [
    'a Neighbor Solicitation',
    '2001:db8::101',
    neighborSolicitationFrame({ target: '2001:db8::101', source: 'fe80::1', sourceMac: ASKING }),
  ],
])('a tester answers %s with the MAC that it was given, and for nothing else', async (_, address, question) => {
  const recording = record();
  const nodes = [host('h1', 1), tester('t', 2)];
  const set = await lab.build({ lans: lan('bridge'), nodes }, recording, { seed: 1 });
  const ask = () =>
    set.perform({ kind: 'send-frame', node: 'h1', lan: 'lan', direction: DIRECTION_OUT, bytes: question });
  const answers = () => recording.at('t-lan', DIRECTION_OUT, (bytes) => answer(bytes) !== undefined);
  const answerer = { node: 't', lan: 'lan', macAddress: CLAIMED };
  await set.perform({ kind: 'begin-answering', answerer: { ...answerer, addresses: ['192.0.2.7', '2001:db8::7'] } });
  await ask();
  await set.advance(set.now() + 100_000_000);
  expect(answers()).toHaveLength(0);
  await set.perform({ kind: 'begin-answering', answerer: { ...answerer, addresses: [address] } });
  await ask();
  await until(set, 'it answers', 2, () => answers().length === 1);
  expect(answer(answers()[0]!.bytes)).toEqual({ kind: 'question', address, mac: CLAIMED });
  await set.close();
});
