import { openEchoSocket } from '../../linux/echo-socket.ts';
import type { Namespace } from '../../linux/namespace.ts';
import { ONE_WAY_MAGIC, PROBE_DATA_LENGTH, PROBE_MAGIC, PROBE_NUMBER_OFFSET } from '../../stage/probe-packet.ts';
import { joinPulse } from './pulse.ts';

/** What a probe sends, how often, and from where. */
export interface ProbeParts {
  readonly namespace: Namespace;
  readonly to: string;
  readonly interfaceIndex: number;
  readonly intervalNs: number;
  readonly identifier: number;
  readonly oneWay: boolean;
}

/**
 * Sends numbered echo messages at a fixed rate, by the kernel's timer. A time that was missed, because nobody ran us,
 * is left out: a burst would say nothing of the outage.
 * @returns what ends it
 * @throws LinuxError
 */
export function startProbe(parts: ProbeParts): () => void {
  const { namespace, to, interfaceIndex, intervalNs, identifier, oneWay } = parts;
  const data = new Uint8Array(PROBE_DATA_LENGTH);
  const socket = openEchoSocket({ namespace, family: to.includes(':') ? 6 : 4, payload: data, unasked: oneWay });
  const target = socket.target(to, interfaceIndex === 0 ? undefined : interfaceIndex);
  const view = new DataView(data.buffer);
  view.setUint32(0, oneWay ? ONE_WAY_MAGIC : PROBE_MAGIC, false);
  let number = 0;
  const leave = joinPulse(intervalNs, () => {
    number += 1;
    view.setUint32(PROBE_NUMBER_OFFSET, number, false);
    socket.send(target, identifier, number & 0xffff);
  });
  return () => {
    leave();
    socket.close();
  };
}
