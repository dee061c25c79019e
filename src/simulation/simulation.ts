import { type CaptureInterface, LINK_TYPE_ETHERNET } from '../capture/frame.ts';
import { findMisbehaviour } from '../misbehaviour/catalogue.ts';
import { EVERY_ACTION, type StageAction } from '../stage/action.ts';
import {
  NotPlayableError,
  type Stage,
  type StageCapabilities,
  StageError,
  type StageListener,
} from '../stage/stage.ts';
import type { Topology } from '../stage/topology.ts';
import type { ProtocolWatcher } from './protocol-watcher.ts';
import { createSimulationSet, SIMULATION_ORIGIN } from './simulation-set.ts';

/** There is no kernel to run programs on, to make interfaces or to speak TCP, and a router has no configuration to read again. */
const OF_A_KERNEL: readonly StageAction['kind'][] = [
  'run-command',
  'reload',
  'remove-interface',
  'restore-interface',
  'begin-answering',
  'begin-connection',
  'end-connection',
];

/** The native router is the protocol core; nobody else's daemon runs in virtual time. */
const CAPABILITIES: StageCapabilities = {
  name: 'simulation',
  actions: new Set([...EVERY_ACTION].filter((kind) => !OF_A_KERNEL.includes(kind))),
  implementations: new Set(['native']),
  realTime: true,
};

/** The stage of virtual time: no waiting, and the same for the same seed. */
export function createSimulation(watcher?: ProtocolWatcher): Stage {
  return {
    capabilities: CAPABILITIES,
    async build(topology, listener, { seed }) {
      requirePlayable(topology);
      announce(topology, listener);
      return createSimulationSet(topology, listener, seed, watcher);
    },
    async close() {},
  };
}

function requirePlayable(topology: Topology): void {
  const lans = new Set(topology.lans.map(({ name }) => name));
  const names = new Set<string>();
  for (const node of topology.nodes) {
    if (names.has(node.name)) throw new StageError(`two nodes are named '${node.name}'`);
    names.add(node.name);
    for (const { lan } of node.ports) {
      if (!lans.has(lan))
        throw new StageError(`node '${node.name}' has a port on LAN '${lan}', which is not described`);
    }
    if (node.kind !== 'router') continue;
    if (!CAPABILITIES.implementations.has(node.implementation)) {
      throw new StageError(`the simulation cannot run '${node.implementation}'`, 'play this scenario in the lab');
    }
    if (node.misbehaviour !== undefined && findMisbehaviour(node.misbehaviour) === undefined) {
      throw new StageError(`router '${node.name}': there is no misbehaviour '${node.misbehaviour}'`);
    }
    if (node.virtualRouters.some(({ routerAdvertisements }) => routerAdvertisements === true)) {
      throw new NotPlayableError(
        `the simulation has no Router Advertisements, which router '${node.name}' is to send`,
        'play this scenario in the lab',
      );
    }
    if (node.configuration !== undefined) {
      throw new NotPlayableError(
        `the simulation plays what a scenario says of router '${node.name}', not its configuration file`,
        'play this scenario in the lab',
      );
    }
  }
}

/** Shows every port before the first frame, numbered in the topology's order. */
function announce(topology: Topology, listener: StageListener): void {
  listener.origin(SIMULATION_ORIGIN);
  let index = 0;
  for (const node of topology.nodes) {
    for (const port of node.ports) {
      const description: CaptureInterface = {
        name: `${node.name}-${port.lan}`,
        description: `${node.kind} ${node.name}, ${port.interfaceName} on LAN ${port.lan}`,
        linkType: LINK_TYPE_ETHERNET,
        resolutionNanoseconds: 1,
        snapLength: 0,
        port: { node: node.name, kind: node.kind, lan: port.lan, macAddress: port.macAddress },
      };
      listener.interface(index, description);
      index += 1;
    }
  }
}
