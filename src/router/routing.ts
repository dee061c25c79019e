import type { ConfiguredRoute, ConfiguredRule } from '../config/routing-configuration.ts';
import { LinuxError } from '../linux/libc.ts';
import type { Route } from '../linux/netlink/route.ts';
import type { NewRoute } from '../linux/netlink/routing.ts';
import type { NewRule } from '../linux/netlink/rule.ts';

/** Marks what the router made in the kernel's tables: a router that starts again knows what a killed one left. */
export const MADE_BY_ROUTER = 0x56;

/** Routes and rules that are there together, or not at all. */
export interface Routing {
  /** Has them; again for those that are missing. What is there already, and nobody's of ours, is left alone and said. */
  engage(): void;
  release(): void;
  /** Deletes what a killed router left of them. */
  clear(): void;
  /** Whether a route leaves by the interface of this name, or may. */
  uses(interfaceName: string): boolean;
}

export interface RoutingContext {
  readonly route: Route;
  /** Says what cannot be; the same words again and again are its matter. */
  say(text: string): void;
}

/** What is asked of the kernel: it exists already (`EEXIST`), it is not there (anything in `GONE`). */
interface Entry {
  readonly text: string;
  add(): void;
  remove(): void;
}

const GONE: ReadonlySet<string> = new Set(['ESRCH', 'ENODEV', 'ENOENT', 'EADDRNOTAVAIL']);

/**
 * @param device where routes without gateway and interface leave
 */
export function createRouting(
  { route, say }: RoutingContext,
  routes: readonly ConfiguredRoute[],
  rules: readonly ConfiguredRule[],
  device: string | undefined,
): Routing {
  const entries = [
    ...routes.map((configured) => routeEntry(route, configured, device)),
    ...rules.map((configured) => ruleEntry(route, configured)),
  ];
  const held = new Set<Entry>();
  const told = new Set<string>();

  function tellOnce(text: string): void {
    if (told.has(text)) return;
    told.add(text);
    say(text);
  }

  function removeQuietly(entry: Entry): boolean {
    try {
      entry.remove();
      return true;
    } catch (error) {
      if (!(error instanceof LinuxError && GONE.has(error.code))) tellOnce((error as Error).message);
      return false;
    }
  }

  function add(entry: Entry): void {
    try {
      entry.add();
      held.add(entry);
    } catch (error) {
      if (!(error instanceof LinuxError && error.code === 'EEXIST')) tellOnce((error as Error).message);
      else if (!held.has(entry)) tellOnce(`${entry.text} is there already: it stays as it is`);
    }
  }

  return {
    engage() {
      for (const entry of entries) add(entry);
    },
    release() {
      for (const entry of [...held].reverse()) removeQuietly(entry);
      held.clear();
      told.clear();
    },
    clear() {
      for (const entry of entries) if (removeQuietly(entry)) say(`removing ${entry.text}, which a router left behind`);
    },
    uses: (interfaceName) =>
      routes.some((one) => (one.device ?? (one.gateway === undefined ? device : interfaceName)) === interfaceName),
  };
}

function routeEntry(route: Route, configured: ConfiguredRoute, device: string | undefined): Entry {
  const { destination, gateway, type } = configured;
  const name = configured.device ?? (gateway === undefined && type === 'unicast' ? device : undefined);
  const wanted = (): NewRoute => ({
    type,
    destination: destination.address,
    prefixLength: destination.prefixLength,
    protocol: MADE_BY_ROUTER,
    onLink: configured.onLink,
    ...(gateway === undefined ? {} : { gateway }),
    ...(name === undefined ? {} : { index: route.indexOf(name) }),
    ...(configured.source === undefined ? {} : { source: configured.source }),
    ...(configured.metric === undefined ? {} : { metric: configured.metric }),
    ...(configured.table === undefined ? {} : { table: configured.table }),
    ...(configured.scope === undefined ? {} : { scope: configured.scope }),
    ...(configured.mtu === undefined ? {} : { mtu: configured.mtu }),
  });
  return {
    text: `the route to ${destination.address}/${destination.prefixLength}`,
    add: () => route.addRoute(wanted()),
    remove: () => route.deleteRoute(wanted()),
  };
}

function ruleEntry(route: Route, { file: _, line: __, column: ___, ...configured }: ConfiguredRule): Entry {
  const rule: NewRule = { ...configured, protocol: MADE_BY_ROUTER };
  return {
    text: `the rule${rule.priority === undefined ? '' : ` of priority ${rule.priority}`}${rule.table === undefined ? '' : ` for the table ${rule.table}`}`,
    add: () => route.addRule(rule),
    remove() {
      // The kernel does not look at who made the rule that it deletes.
      const isOurs = route
        .rules(rule.family)
        .some(
          ({ protocol, priority }) =>
            protocol === MADE_BY_ROUTER && (rule.priority === undefined || priority === rule.priority),
        );
      if (isOurs) route.deleteRule(rule);
      else throw new LinuxError('rtnetlink', ENOENT, 'delete the rule');
    },
  };
}

const ENOENT = 2;
