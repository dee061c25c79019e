import type { WireFault } from '../stage/action.ts';
import { StageError } from '../stage/stage.ts';
import { beginFault, type FaultClock, passFaults, type RunningFault } from './fault.ts';

/** A port of a switch. */
export interface SwitchPort {
  /** The number by which frames come and leave here, unique among the ports of a set. */
  readonly interfaceIndex: number;
  readonly node: string;
  readonly lan: string;
}

interface PortState extends SwitchPort {
  readonly station: Lan;
  outFaults: readonly RunningFault[];
  inFaults: readonly RunningFault[];
}

interface Lan {
  readonly ports: PortState[];
  /** Learned MAC addresses, as numbers of 48 bits. */
  readonly stations: Map<number, PortState>;
}

/** Sends the frame `bytes[start, end)` out of a port, towards its node. */
export type SendFrame = (interfaceIndex: number, bytes: Uint8Array, start: number, end: number) => void;

/** The learning switches of one set, one a LAN, and the faults at their ports. */
export interface Switch {
  /** A frame has come from a port's node. */
  receive(interfaceIndex: number, bytes: Uint8Array, start: number, end: number): void;
  /** @throws StageError where the port is not there, the fault's name is taken, or its matcher names no address */
  beginFault(fault: WireFault): void;
  /** @throws StageError where no such fault is under way */
  endFault(name: string): void;
  /** The port lost its link: what was learned there is forgotten. */
  forget(interfaceIndex: number): void;
  /** Frames that were lost though no fault said so: they were to be held back, and too many were already. */
  overflows(): number;
}

/** Frames that wait in delays at a time; beyond them one that is delayed is lost, and counted. */
export const MOST_WAITING = 50_000;

/** Addresses that a LAN remembers; beyond them frames are flooded, as a switch does whose table is full. */
const MOST_STATIONS = 4096;
const ETHERNET_HEADER = 14;

function macNumber(bytes: Uint8Array, offset: number): number {
  const high = (bytes[offset]! << 8) | bytes[offset + 1]!;
  const low = (bytes[offset + 2]! << 24) | (bytes[offset + 3]! << 16) | (bytes[offset + 4]! << 8) | bytes[offset + 5]!;
  return high * 2 ** 32 + (low >>> 0);
}

/**
 * Makes the switches of a set. What faults decide follows from the seed, their names and the frames alone, so that the
 * same frames have the same outcome wherever the switches are.
 */
export function createSwitch(ports: readonly SwitchPort[], seed: number, clock: FaultClock, send: SendFrame): Switch {
  const lans = new Map<string, Lan>();
  const byInterface = new Map<number, PortState>();
  const running = new Map<string, { readonly port: PortState; readonly sides: RunningFault[] }>();
  let overflows = 0;
  const countingClock: FaultClock = {
    later(delayNs, work) {
      const isKept = clock.later(delayNs, work);
      if (!isKept) overflows += 1;
      return isKept;
    },
  };

  for (const port of ports) {
    let lan = lans.get(port.lan);
    if (!lan) {
      lan = { ports: [], stations: new Map() };
      lans.set(port.lan, lan);
    }
    const state: PortState = { ...port, station: lan, outFaults: [], inFaults: [] };
    lan.ports.push(state);
    byInterface.set(port.interfaceIndex, state);
  }

  function leave(port: PortState, bytes: Uint8Array, start: number, end: number): void {
    if (port.inFaults.length === 0) send(port.interfaceIndex, bytes, start, end);
    else passFaults(port.inFaults, 0, bytes, start, end, (kept, from, to) => send(port.interfaceIndex, kept, from, to));
  }

  function forward(from: PortState, bytes: Uint8Array, start: number, end: number): void {
    if (end - start < ETHERNET_HEADER) return;
    const { stations, ports: neighbours } = from.station;
    if ((bytes[start + 6]! & 1) === 0) {
      const source = macNumber(bytes, start + 6);
      if (stations.size < MOST_STATIONS || stations.has(source)) stations.set(source, from);
    }
    const known = (bytes[start]! & 1) === 0 ? stations.get(macNumber(bytes, start)) : undefined;
    if (known) {
      if (known !== from) leave(known, bytes, start, end);
      return;
    }
    for (const port of neighbours) {
      if (port !== from) leave(port, bytes, start, end);
    }
  }

  return {
    receive(interfaceIndex, bytes, start, end) {
      const port = byInterface.get(interfaceIndex);
      if (!port) return;
      if (port.outFaults.length === 0) forward(port, bytes, start, end);
      else passFaults(port.outFaults, 0, bytes, start, end, (kept, from, to) => forward(port, kept, from, to));
    },
    beginFault(fault) {
      if (running.has(fault.name)) throw new StageError(`a fault named '${fault.name}' is under way already`);
      const port = [...byInterface.values()].find(({ node, lan }) => node === fault.node && lan === fault.lan);
      if (!port) throw new StageError(`node '${fault.node}' has no port on LAN '${fault.lan}'`);
      const sides = beginFault(fault, seed, countingClock);
      if (sides.out) port.outFaults = [...port.outFaults, sides.out];
      if (sides.in) port.inFaults = [...port.inFaults, sides.in];
      running.set(fault.name, { port, sides: [sides.out, sides.in].filter((side) => side !== undefined) });
    },
    endFault(name) {
      const fault = running.get(name);
      if (!fault) throw new StageError(`no fault named '${name}' is under way`);
      running.delete(name);
      fault.port.outFaults = fault.port.outFaults.filter((side) => !fault.sides.includes(side));
      fault.port.inFaults = fault.port.inFaults.filter((side) => !fault.sides.includes(side));
      for (const side of fault.sides) side.end();
    },
    forget(interfaceIndex) {
      for (const { stations } of lans.values()) {
        for (const [address, port] of stations) {
          if (port.interfaceIndex === interfaceIndex) stations.delete(address);
        }
      }
    },
    overflows: () => overflows,
  };
}
