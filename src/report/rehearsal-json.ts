import { allAddresses } from '../scenario/rehearsal/lans.ts';
import { describeNetwork } from '../scenario/rehearsal/networks.ts';
import type { Survey } from '../scenario/rehearsal/survey.ts';
import { REHEARSAL_VERSION, type RehearsalReport } from './rehearsal-schema.ts';

/** What the configurations alone tell, as JSON. */
export function rehearsalReport({ routers, lans, groups, conflicts }: Survey): RehearsalReport {
  return {
    rehearsalVersion: REHEARSAL_VERSION,
    routers: routers.map(({ name, configuration: { file } }) => ({ name, file })),
    lans: lans.map(({ name, attachments, networks, because }) => ({
      name,
      interfaces: attachments.map(({ router, interfaceName }) => ({ router, interface: interfaceName })),
      networks: networks.map((network) => ({ network: describeNetwork(network), assumed: network.assumed })),
      because: [...because],
    })),
    virtualRouters: groups.map(({ lan, virtualRouterId, family, members }) => ({
      lan,
      vrid: virtualRouterId,
      family,
      members: members.map(({ router, one: { name, priority } }) => ({ router, name, priority })),
      addresses: allAddresses(members[0]!.one).map(({ address }) => address),
    })),
    conflicts: conflicts.map(({ virtualRouterId, places, ...rest }) => ({
      ...rest,
      vrid: virtualRouterId,
      places: places.map(({ router, file, line, column }) => ({ router, file, line, column })),
    })),
  };
}
