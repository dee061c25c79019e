import type { RouterState } from '../observer/state.ts';
import type { RouterDeviation, Rule, VirtualRouterView } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { nameOf, plural } from './words.ts';

/** Which versions the routers of one VRID speak, together. Judged at the end. */
export const VERSION_RULES: readonly Rule[] = [
  { requirement: 'tx.version', profiles: EVERY_VERSION, needs: [], virtualRouter: judgeVersions },
];

function judgeVersions({ virtualRouter }: VirtualRouterView): readonly RouterDeviation[] | undefined {
  const speaking = virtualRouter.routers.filter(({ versions }) => versions.length > 0);
  if (speaking.length === 0) return undefined;
  return [...speaking.flatMap((router) => judgeRates(router)), ...judgeMismatch(speaking)];
}

/** A router in v2/v3 mode sends both at the configured rate (RFC 9568 §8.4.2); two rates are two configurations. */
function judgeRates({ name, oddVersions, virtualRouter }: RouterState): readonly RouterDeviation[] {
  if (oddVersions === undefined) return [];
  const { version, count, otherCount } = oddVersions;
  const seen = `${plural(count, 'advertisement')} of version ${version}, ${otherCount} of version ${version === 2 ? 3 : 2}`;
  return [
    {
      router: name,
      what: 'rates',
      level: 'should',
      message: `${name} speaks VRRPv2 and VRRPv3 for ${nameOf(virtualRouter)} at different rates: ${seen}, so these are two configurations and not the v2/v3 mode`,
      expected: 'one version, or both at the same rate (RFC 9568 §8.4.2)',
      seen,
      advice: 'look for two daemons, or two instances, that use the same VRID on this router',
    },
  ];
}

/** Routers without a version in common discard each other's advertisements. */
function judgeMismatch(routers: readonly RouterState[]): readonly RouterDeviation[] {
  const first = routers[0]!;
  const other = routers.find(({ versions }) => !versions.some((version) => first.versions.includes(version)));
  if (other === undefined) return [];
  const [old, young] = first.version === 2 ? [first, other] : [other, first];
  return [
    {
      router: old.name,
      what: 'mismatch',
      level: 'should',
      message: `${old.name} speaks VRRPv2 and ${young.name} VRRPv3 for ${nameOf(old.virtualRouter)}: neither hears the other, so both become Active`,
      expected: 'one version on every router of the VRID',
      seen: 'VRRPv2 and VRRPv3',
      advice: 'configure the same version on both (keepalived: vrrp_version; FRR: version), or the v2/v3 mode on one',
    },
  ];
}
