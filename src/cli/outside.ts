import { outsideConfiguration } from '../implementations/port.ts';
import type { OutsideOptions } from '../lab/lab.ts';
import { linkOfPort } from '../lab/outside/links.ts';
import type { Operator } from '../lab/outside/operator.ts';
import type { Plan } from '../scenario/plan.ts';
import { StageError } from '../stage/stage.ts';
import { isOutside, OUTSIDE, type RouterDescription } from '../stage/topology.ts';
import { findNeighbour } from './find-neighbour.ts';
import type { PortChoice } from './port-choice.ts';

/** Who plays the routers of a scenario that no interface leads to. */
const STAND_IN = 'native';

/** A choice as `--port` is given it. */
export function portText({ router, port, interfaceName, macAddress }: PortChoice): string {
  const of = router === undefined ? '' : `${[router, port].filter((part) => part !== undefined).join('.')}=`;
  return `${of}${interfaceName}${macAddress === undefined ? '' : `@${macAddress}`}`;
}

/** Plans with the routers outside in their places, and how the lab reaches them. */
export interface OutsideCast {
  readonly plans: readonly Plan[];
  readonly options: OutsideOptions;
}

/**
 * Gives each port that an interface leads to its router: finds out the router's MAC address, which the plans then name,
 * and puts plans of one configuration next to each other, so that the operator has less to do. A router that no interface
 * leads to is played by the native one.
 * @throws StageError where a router is not found, or nobody can be asked
 */
export async function castOutside(
  plans: readonly Plan[],
  ports: readonly PortChoice[],
  operator: Operator,
): Promise<OutsideCast> {
  const placed = plans.map((plan) => withStandIns(plan, ports));
  const macs = new Map<string, string>();
  for (const meeting of meetingsOf(placed, ports)) {
    const found = meeting.choice.macAddress ?? (await meet(meeting, operator));
    macs.set(meeting.conventional, found);
  }
  return {
    plans: byConfiguration(placed.map((plan) => withMacs(plan, macs))),
    options: { links: ports, operator, configurationOf: outsideConfiguration },
  };
}

function withStandIns(plan: Plan, ports: readonly PortChoice[]): Plan {
  const { topology } = plan;
  const nodes = topology.nodes.map((node) => {
    if (!isOutside(node)) return node;
    const reached = node.ports.some((_, position) => linkOfPort(ports, topology, node, position) !== undefined);
    return reached ? node : { ...node, implementation: STAND_IN };
  });
  return { ...plan, topology: { ...topology, nodes } };
}

/** A router's port behind an interface, with every address that any plan gives it. */
interface Meeting {
  readonly choice: PortChoice;
  readonly router: RouterDescription;
  /** The MAC address that plans give the port by convention. */
  readonly conventional: string;
  readonly addresses: Set<string>;
}

function meetingsOf(plans: readonly Plan[], ports: readonly PortChoice[]): readonly Meeting[] {
  const meetings = new Map<string, Meeting>();
  for (const { topology } of plans) {
    for (const router of topology.nodes.filter(isOutside)) {
      for (const [position, { macAddress, addresses }] of router.ports.entries()) {
        const choice = linkOfPort(ports, topology, router, position);
        if (choice === undefined) continue;
        const key = `${choice.interfaceName} ${macAddress}`;
        const meeting = meetings.get(key) ?? { choice, router, conventional: macAddress, addresses: new Set() };
        meetings.set(key, meeting);
        for (const address of addresses) meeting.addresses.add(address);
      }
    }
  }
  return [...meetings.values()];
}

async function meet({ choice, router, addresses }: Meeting, operator: Operator): Promise<string> {
  const { interfaceName } = choice;
  const list = [...addresses];
  const words = `connect ${router.name} to ${interfaceName}, and give it there the addresses ${list.join(', ')}`;
  const ports = [{ ...router.ports[0]!, addresses: list }];
  for (let attempt = 1; ; attempt += 1) {
    const again = attempt === 1 ? '' : ' (it does not answer for them yet)';
    await operator.ask({ action: 'connect', router: { ...router, ports }, words: `${words}${again}` });
    const found = await findNeighbour(interfaceName, list);
    if (found !== undefined) return found;
    if (attempt >= MOST_ATTEMPTS)
      throw new StageError(
        `nobody answers at ${interfaceName} for ${list.join(' or ')}`,
        `look at the cable and at the addresses of ${router.name}, or say its MAC address: --port ${router.name}=${interfaceName}@MAC`,
      );
  }
}

const MOST_ATTEMPTS = 5;

/** MAC addresses by convention are of one port each: wherever one is named, that port is meant. */
function withMacs(plan: Plan, macs: ReadonlyMap<string, string>): Plan {
  let text = JSON.stringify(plan);
  for (const [conventional, found] of macs) text = text.replaceAll(conventional, found);
  return JSON.parse(text) as Plan;
}

function byConfiguration(plans: readonly Plan[]): readonly Plan[] {
  const configured = plans.map((plan) => ({
    plan,
    key: plan.topology.nodes.filter(isOutside).map(outsideConfiguration).join('\n'),
  }));
  // Array.sort is stable: plans of one configuration stay in order.
  configured.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  return configured.map(({ plan }) => plan);
}

/** Whether any of these routers is one outside. */
export function asksForOutside(names: readonly string[]): boolean {
  return names.includes(OUTSIDE);
}
