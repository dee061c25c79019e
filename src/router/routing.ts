import type { ConfiguredRoute, ConfiguredRule } from '../config/routing-configuration.ts';
import { LinuxError } from '../linux/libc.ts';
import type { Route } from '../linux/netlink/route.ts';
import type { NewRoute } from '../linux/netlink/routing.ts';
import type { NewRule } from '../linux/netlink/rule.ts';

/** Marks what the router made in the kernel's tables: a router that starts again knows what a killed one left. */
export const MADE_BY_ROUTER = 0x56;

/** Routes and rules that are there together, or not at all. */
export interface Routing {
  /**
   * These are wanted from now on: of those that it has, the others go; `engage` has what is new. What a killed router left
   * of what is new is deleted.
   */
  replace(routes: readonly ConfiguredRoute[], rules: readonly ConfiguredRule[]): void;
  /** Has them; again for those that are missing. What is there already, and nobody's of ours, is left alone and said. */
  engage(): void;
  release(): void;
  /** Whether a route leaves by the interface of this name, or may. */
  uses(interfaceName: string): boolean;
}

export interface RoutingContext {
  readonly route: Route;
  /** Whether what bears the mark of a router may be of another one that lives, and is left alone. */
  mayBeOthers(): boolean;
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

/** No routes and rules yet; those without gateway and interface leave by `device`. */
export function createRouting({ route, mayBeOthers, say }: RoutingContext, device: string | undefined): Routing {
  let routes: readonly ConfiguredRoute[] = [];
  let entries = new Map<string, Entry>();
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

  function clear(entry: Entry): void {
    if (!mayBeOthers() && removeQuietly(entry)) say(`removing ${entry.text}, which a router left behind`);
  }

  return {
    replace(nextRoutes, nextRules) {
      const next = new Map<string, Entry>();
      for (const one of nextRoutes) next.set(keyOf(one), entries.get(keyOf(one)) ?? routeEntry(route, one, device));
      for (const one of nextRules) next.set(keyOf(one), entries.get(keyOf(one)) ?? ruleEntry(route, one));
      for (const [key, entry] of entries) if (!next.has(key) && held.delete(entry)) removeQuietly(entry);
      for (const [key, entry] of next) if (!entries.has(key)) clear(entry);
      entries = next;
      routes = nextRoutes;
    },
    engage() {
      for (const entry of entries.values()) add(entry);
    },
    release() {
      for (const entry of [...held].reverse()) removeQuietly(entry);
      held.clear();
      told.clear();
    },
    uses: (interfaceName) =>
      routes.some((one) => (one.device ?? (one.gateway === undefined ? device : interfaceName)) === interfaceName),
  };
}

/** Two that differ in their place in the file alone are the same. */
function keyOf({ file: _, line: __, column: ___, ...rest }: ConfiguredRoute | ConfiguredRule): string {
  return JSON.stringify(rest);
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
