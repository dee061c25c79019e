import type { RouterConfiguration } from '../config/configuration.ts';
import { LinuxError } from '../linux/libc.ts';
import type { Route } from '../linux/netlink/route.ts';
import type { NewRule } from '../linux/netlink/rule.ts';
import { findProgram } from '../linux/programs.ts';
import { canonicalText } from './carried-addresses.ts';
import { filterTablesOf } from './filter.ts';
import type { Log } from './log.ts';
import { makerOf } from './macvlan.ts';
import { readNft, runNft } from './nft.ts';
import { MADE_BY_ROUTER } from './routing.ts';
import { silenceTableOf } from './silence.ts';

/** What routers left behind that were killed, whether or not the configuration names it. */
export interface Leftovers {
  /**
   * Macvlans, addresses, routes and rules that bear a router's mark; static addresses that are wanted stay. While other
   * routers live only macvlans, which say whose they are.
   */
  clear(configuration: RouterConfiguration): void;
  /** Tables of nftables: when nothing of what they silence is there any more. @throws NftError (rejects) */
  clearTables(): Promise<void>;
}

export interface LeftoversContext {
  readonly route: Route;
  readonly log: Log;
  /** The processes of the other routers here; undefined where the kernel cannot tell: then nothing is cleared. */
  readonly others: readonly number[] | undefined;
}

const TABLE = /^table (\w+) (vrrpbench_\w+)$/gm;
/** Those that go with their process, those that tell of the past, and those of a misbehaviour that begins. */
const NOT_LEFT = /^vrrpbench_(alive|lives|runs|owner|sysctls|misbehaviour)_/;
const RULE_ACTIONS = ['table', 'blackhole', 'unreachable', 'prohibit'] as const satisfies NewRule['action'][];

/** Looks for them when it is asked to. */
export function createLeftovers({ route, log, others }: LeftoversContext): Leftovers {
  const alone = others?.length === 0;
  const macvlans: string[] = [];

  function remove(what: string, work: () => void): void {
    try {
      work();
      log.line(`removing ${what}, which a router left behind`);
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      log.line(error.message);
    }
  }

  function clearMacvlans(): void {
    for (const link of route.links()) {
      const maker = makerOf(link);
      if (maker === undefined || others?.includes(maker) === true) continue;
      macvlans.push(link.name);
      remove(link.name, () => route.deleteLink(link.index));
    }
  }

  function clearAddresses({ staticAddresses }: RouterConfiguration): void {
    const names = new Map(route.links().map(({ index, name }) => [index, name]));
    const wanted = new Set(staticAddresses.map(({ address, device }) => `${canonicalText(address)} ${device}`));
    for (const one of route.addresses()) {
      const place = `${one.address} ${names.get(one.index)}`;
      if (one.protocol !== MADE_BY_ROUTER || wanted.has(place)) continue;
      remove(`${one.address} on ${names.get(one.index)}`, () => route.deleteAddress(one));
    }
  }

  function clearRoutes(): void {
    for (const one of route.routes('all')) {
      if (one.protocol !== MADE_BY_ROUTER) continue;
      remove(`the route to ${one.destination}/${one.prefixLength}`, () => route.deleteRoute(one));
    }
  }

  /** The kernel does not look at who made the rule that it deletes: of one priority all have to be ours. */
  function clearRules(): void {
    for (const family of [4, 6] as const) {
      const rules = route.rules(family);
      for (const { priority, protocol } of rules) {
        const isOurs = rules.every((one) => one.priority !== priority || one.protocol === MADE_BY_ROUTER);
        if (protocol === MADE_BY_ROUTER && isOurs)
          remove(`the rule of priority ${priority}`, () => deleteRuleAt(route, family, priority));
      }
    }
  }

  return {
    clear(configuration) {
      if (others === undefined) return;
      clearMacvlans();
      if (!alone) return;
      clearAddresses(configuration);
      clearRoutes();
      clearRules();
    },
    async clearTables() {
      const nft = findProgram('nft');
      if (nft === undefined || others === undefined) return;
      const isLeft = (name: string): boolean =>
        alone ? !NOT_LEFT.test(name) : macvlans.some((one) => tablesOf(one).test(name));
      const all = await readNft(nft, ['list', 'tables']);
      const left = [...all.matchAll(TABLE)].filter(([, , name]) => isLeft(name!));
      if (left.length === 0) return;
      await runNft(nft, left.map(([, family, name]) => `delete table ${family} ${name}\n`).join(''));
    },
  };
}

function tablesOf(device: string): RegExp {
  return new RegExp(`^(${silenceTableOf(device)}|${filterTablesOf(device)}\\d+)$`);
}

/** Whatever it does: the kernel wants to be told. */
function deleteRuleAt(route: Route, family: 4 | 6, priority: number): void {
  for (const action of RULE_ACTIONS) {
    try {
      route.deleteRule({ family, priority, action });
      return;
    } catch (error) {
      if (!(error instanceof LinuxError && error.code === 'ENOENT') || action === RULE_ACTIONS.at(-1)) throw error;
    }
  }
}
