import type { AttendedRun } from '../scenario/attended.ts';
import type { Plan } from '../scenario/plan.ts';
import type { ScenarioResult } from '../scenario/result.ts';
import { findingLines } from './check-findings-text.ts';
import { historyLines } from './check-history-text.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

/** What whoever comes into a lab should know: its machines, and what can be done there. */
export function attendedLines({ plan, steps }: AttendedRun, style: Style): readonly string[] {
  const { topology, title, variant } = plan;
  const router = topology.nodes.find(({ kind }) => kind === 'router')!.name;
  const host = topology.nodes.find(({ kind }) => kind === 'host')?.name ?? router;
  const width = Math.max(...topology.nodes.map(({ name }) => name.length));
  const troubles = steps.filter(({ verdict }) => verdict !== 'pass');
  return [
    style.bold(printable(`${title} (${variant}): built, and none of its steps done`)),
    '',
    ...topology.nodes.map(
      (node) => `  ${style.bold(printable(node.name.padEnd(width)))}  ${printable(machineText(node))}`,
    ),
    ...troubles.map(({ text, verdict, reason }) =>
      style.verdict(verdict, printable(`  ${text}: ${reason ?? verdict}`)),
    ),
    '',
    `  vrrpbench exec ${router} -- ip addr               any program on a machine, from another terminal too`,
    `  ip netns exec ${router} ip addr                   the same, in this shell`,
    `  vrrpbench exec ${router} -- tcpdump -ni eth0 vrrp`,
    `  vrrpbench exec ${host} -- tcpdump -i eth0 -U -w - | wireshark -k -i -`,
    `  vrrpbench fault power-off ${router}               any step of a scenario: pull-cable, freeze, start, …`,
    `  vrrpbench fault lose 'everything from ${router}'  and end-fault`,
    '',
    'Leave by exit; everything is gone then but the capture.',
  ];
}

function machineText(node: Plan['topology']['nodes'][number]): string {
  const ports = node.ports
    .map(({ interfaceName, lan, addresses }) => [`${interfaceName} on ${lan}`, ...addresses].join(' '))
    .join(', ');
  if (node.kind === 'tester') return `sends what steps say; ${ports}`;
  if (node.kind === 'host') return `host; ${ports}; gateway ${node.gateways.join(' ')}`;
  const roles = node.virtualRouters.map(
    ({ virtualRouterId, priority, addresses }) =>
      `VRID ${virtualRouterId} priority ${priority} for ${addresses.join(' ')}`,
  );
  return `router ${node.implementation}; ${ports}; ${roles.join('; ')}`;
}

/** What was seen while somebody was in a lab, and where it is kept. */
export function farewellLines(result: ScenarioResult, style: Style): readonly string[] {
  const { observation, capture } = result;
  if (observation === undefined) return [printable(result.reason ?? 'nothing was seen')];
  return [
    ...observation.virtualRouters.flatMap((history) => historyLines(history, observation, style)),
    ...findingLines(observation, style),
    ...(capture === undefined ? [] : ['', `Every frame: ${printable(capture)}  (vrrpbench check, wireshark)`]),
  ];
}
