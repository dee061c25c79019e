import type { Probe } from '../stage/action.ts';
import { ONE_WAY_MAGIC, PROBE_DATA_LENGTH, PROBE_MAGIC, PROBE_NUMBER_OFFSET } from '../stage/probe-packet.ts';
import { StageError } from '../stage/stage.ts';
import type { HostDescription } from '../stage/topology.ts';
import { familyOf, parseAddress } from '../wire/address.ts';
import { write32 } from '../wire/octets.ts';
import type { Appointment, Clock } from './clock.ts';
import type { Kernel } from './kernel.ts';
import { remember } from './remember.ts';

/** The probes of a simulated host. */
export interface Host {
  /** Sends a numbered echo message now and at every interval from now on. */
  beginProbe(probe: Probe, identifier: number): void;
  endProbe(name: string): void;
  /** Ends every probe, as a loss of power does. */
  powerOff(): void;
}

export function createHost(clock: Clock, kernel: Kernel): Host {
  const probes = new Map<string, Appointment>();

  const send = (probe: Probe, identifier: number, number: number, dueNs: number): void => {
    const payload = new Uint8Array(PROBE_DATA_LENGTH);
    const { oneWay = false } = probe;
    write32(payload, 0, oneWay ? ONE_WAY_MAGIC : PROBE_MAGIC);
    write32(payload, PROBE_NUMBER_OFFSET, number);
    const operation = oneWay ? 'reply' : 'request';
    kernel.ping(probe.to, { operation, identifier, sequence: number & 0xffff, payload });
    const nextNs = dueNs + probe.intervalNs;
    probes.set(
      probe.name,
      clock.at(nextNs, () => send(probe, identifier, number + 1, nextNs)),
    );
  };

  return {
    beginProbe(probe, identifier) {
      if (!(probe.intervalNs > 0)) throw new StageError(`probe '${probe.name}' needs an interval above 0`);
      send(probe, identifier, 1, clock.now());
    },
    endProbe(name) {
      probes.get(name)?.cancel();
      probes.delete(name);
    },
    powerOff() {
      for (const appointment of probes.values()) appointment.cancel();
      probes.clear();
    },
  };
}

/** Where a host sends what is not for its own subnets: the gateway of that family. */
export function nextHopOf(host: HostDescription): (destination: string) => string {
  const subnets = host.ports.flatMap(({ addresses }) => addresses);
  return remember((destination) => {
    if (subnets.some((subnet) => isWithin(destination, subnet))) return destination;
    return host.gateways.find((gateway) => familyOf(gateway) === familyOf(destination)) ?? destination;
  });
}

/** Whether an address is in the subnet of `192.0.2.7/24`; without a length: whether it is that address. */
export function isWithin(address: string, subnet: string): boolean {
  const [base = '', lengthText] = subnet.split('/');
  const wanted = parseAddress(base);
  const octets = parseAddress(address);
  if (wanted === undefined || octets === undefined || wanted.length !== octets.length) return false;
  const length = lengthText === undefined ? wanted.length * 8 : Number(lengthText);
  return octets.every((octet, index) => {
    const bits = Math.min(Math.max(length - index * 8, 0), 8);
    const mask = (0xff00 >> bits) & 0xff;
    return (octet & mask) === (wanted[index]! & mask);
  });
}
