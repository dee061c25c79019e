import { DIRECTION_IN, DIRECTION_OUT } from '../capture/frame.ts';
import type { FaultClock } from '../fabric/fault.ts';
import { createSwitch, MOST_WAITING, type Switch } from '../fabric/switch.ts';
import { StageError } from '../stage/stage.ts';
import type { Topology } from '../stage/topology.ts';
import type { Clock } from './clock.ts';
import type { Tap } from './tap.ts';

/** How long a frame takes from the port that sends it to each port that receives it. */
export const WIRE_DELAY_NS = 10_000;

/** A port of a LAN, as the wire sees it. */
export interface WirePort {
  readonly interfaceIndex: number;
  readonly node: string;
  readonly lan: string;
  /** Whether the node at the other end has power. */
  powered: boolean;
  plugged: boolean;
  /** Takes a frame that has arrived into the node; set by the node. */
  receive: (bytes: Uint8Array) => void;
}

/** The LANs of a set: the switches that the lab's wires have, in virtual time, with the links of their ports. */
export interface Wires extends Pick<Switch, 'beginFault' | 'endFault' | 'overflows'> {
  port(node: string, lan: string): WirePort;
  /** A frame leaves a node: seen at its port where the link is up, and taken to whom it may concern. */
  transmit(port: WirePort, bytes: Uint8Array): void;
  /** A frame reaches a node, as if it came from the LAN. */
  deliver(port: WirePort, bytes: Uint8Array): void;
  /** A port has lost its link: what was learned there is forgotten. */
  forget(port: WirePort): void;
}

export function isLinkUp(port: WirePort): boolean {
  return port.powered && port.plugged;
}

interface Leaving {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly ports: WirePort[];
}

/** Makes every port of a topology, numbered in its order, with power and a plugged cable. */
export function createWires(topology: Topology, clock: Clock, tap: Tap, seed: number): Wires {
  const ports = topology.nodes
    .flatMap((node) => node.ports.map(({ lan }) => ({ node: node.name, lan })))
    .map((place, interfaceIndex): WirePort => {
      return { ...place, interfaceIndex, powered: true, plugged: true, receive: () => {} };
    });

  const deliver = (port: WirePort, bytes: Uint8Array): void => {
    if (!isLinkUp(port)) return;
    tap.frame(clock.now(), port.interfaceIndex, DIRECTION_IN, bytes);
    port.receive(bytes);
  };

  /** What leaves the switch at this moment, one frame by many ports: they are one appointment. */
  let leaving: Leaving | undefined;
  const atOnce = (work: () => void): void => {
    leaving = undefined;
    work();
    leaving = undefined;
  };

  const network = createSwitch(ports, seed, boundedClock(clock, atOnce), (interfaceIndex, bytes, start, end) => {
    const port = ports[interfaceIndex]!;
    if (leaving?.bytes === bytes && leaving.start === start && leaving.end === end) {
      leaving.ports.push(port);
      return;
    }
    const isWhole = start === 0 && end === bytes.length;
    const frame = isWhole ? bytes : bytes.subarray(start, end);
    leaving = { bytes, start, end, ports: [port] };
    clock.inTurn(clock.now() + WIRE_DELAY_NS, leaving.ports, (one) => deliver(one, frame));
  });

  return {
    beginFault: network.beginFault,
    endFault: network.endFault,
    overflows: network.overflows,
    port(node, lan) {
      const found = ports.find((port) => port.node === node && port.lan === lan);
      if (found === undefined) throw new StageError(`node '${node}' has no port on LAN '${lan}'`);
      return found;
    },
    deliver,
    transmit(port, bytes) {
      if (!isLinkUp(port)) return;
      tap.frame(clock.now(), port.interfaceIndex, DIRECTION_OUT, bytes);
      leaving = undefined;
      network.receive(port.interfaceIndex, bytes, 0, bytes.length);
      leaving = undefined;
    },
    forget: ({ interfaceIndex }) => network.forget(interfaceIndex),
  };
}

/** As many frames wait in delays here as in the lab's wires. */
function boundedClock(clock: Clock, atOnce: (work: () => void) => void): FaultClock {
  let waiting = 0;
  return {
    later(delayNs, work) {
      if (waiting >= MOST_WAITING) return false;
      waiting += 1;
      clock.after(delayNs, () => {
        waiting -= 1;
        atOnce(work);
      });
      return true;
    },
  };
}
