import type { RunEvent } from './event.ts';
import type { PortRole } from './frame.ts';
import type { Intent, VirtualRouterIntent } from './intent.ts';

/**
 * What a run writes into its capture is JSON in blocks and options of its own: `{"vrrpbench": 1, "origin": "…", "event": {…}}`.
 * It comes from outside when it is read, so every field is checked here and nothing else is let through.
 */
const FORMAT_VERSION = 1;

/** Encodes the intent of a run; `origin` is what the times of its events count from. */
export function encodeIntent(originUnixNanoseconds: bigint, intent: Intent): string {
  return JSON.stringify({ vrrpbench: FORMAT_VERSION, origin: originUnixNanoseconds.toString(), intent });
}

export function encodeEvent(originUnixNanoseconds: bigint, event: RunEvent): string {
  return JSON.stringify({ vrrpbench: FORMAT_VERSION, origin: originUnixNanoseconds.toString(), event });
}

export function encodePort(port: PortRole): string {
  return JSON.stringify({ vrrpbench: FORMAT_VERSION, port });
}

/** One annotation as it was read; `originUnixNanoseconds` is the origin of the run that wrote it. */
export type Annotation =
  | { readonly kind: 'intent'; readonly originUnixNanoseconds: bigint; readonly intent: Intent }
  | { readonly kind: 'event'; readonly originUnixNanoseconds: bigint; readonly event: RunEvent }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'bad'; readonly message: string };

type Check = (value: unknown) => boolean;
/** A check for every field of T, so that a field that is added to T must be added here. */
type Checks<T> = { readonly [K in keyof Required<T>]: Check };

const TEXT_LIMIT = 65_536;
const LIST_LIMIT = 65_536;
const ORIGIN = /^-?\d{1,20}$/;

const text: Check = (value) => typeof value === 'string' && value.length <= TEXT_LIMIT;
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const flag: Check = (value) => typeof value === 'boolean';
const texts: Check = (value) => Array.isArray(value) && value.length <= LIST_LIMIT && value.every(text);
const within =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const oneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const PORT: Checks<PortRole> = {
  node: text,
  kind: oneOf('router', 'host', 'tester', 'fabric'),
  lan: text,
  macAddress: optional(text),
  outside: optional(flag),
};

const VIRTUAL_ROUTER: Checks<VirtualRouterIntent> = {
  router: text,
  lan: text,
  virtualRouterId: within(0, 255),
  version: oneOf(2, 3),
  family: oneOf('ipv4', 'ipv6'),
  priority: optional(within(0, 255)),
  advertisementIntervalNs: optional(number),
  preempt: optional(flag),
  preemptDelayNs: optional(number),
  downTimerAdvertisements: optional(number),
  acceptMode: optional(flag),
  routerAdvertisements: optional(flag),
  addresses: texts,
  primaryAddress: optional(text),
  virtualMac: optional(flag),
  transmitOnBase: optional(flag),
  ipv4Checksum: optional(oneOf('message-alone', 'with-pseudo-header')),
  unicast: optional(flag),
  bothVersions: optional(flag),
  authenticationType: optional(within(0, 255)),
};

type EventKind = RunEvent['kind'];
type EventOf<K extends EventKind, E = RunEvent> = E extends { readonly kind: infer Kind }
  ? K extends Kind
    ? E
    : never
  : never;
type EventChecks<K extends EventKind> = Checks<Omit<EventOf<K>, 'kind' | 'timeNs'>>;

const router = { router: text };
const node = { node: text };
const cable = { node: text, lan: text };
const fault = { fault: text, description: text, withinNs: optional(number) };
const probe = { probe: text };

const EVENTS: { readonly [K in EventKind]: EventChecks<K> } = {
  'router-started': router,
  'router-ready': router,
  'router-stopping': router,
  'router-killed': router,
  'router-frozen': router,
  'router-thawed': router,
  'router-exited': {
    ...router,
    expected: flag,
    exitCode: optional(number),
    signal: optional(text),
    lastLogLines: texts,
  },
  'power-off': node,
  'power-on': node,
  'cable-pulled': cable,
  'cable-plugged': cable,
  'fault-began': fault,
  'fault-ended': fault,
  'probe-began': { ...probe, identifier: optional(number) },
  'probe-ended': probe,
  stall: { durationNs: number, core: number },
  'router-waited': { ...router, durationNs: number, waitedNs: optional(number) },
  'lock-held': { durationNs: number },
  'clock-step': { stepNs: number },
  note: { text },
};

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Copies the checked fields; returns the name of the first bad field instead where there is one. */
function pick(value: unknown, checks: Readonly<Record<string, Check>>): JsonObject | string {
  if (!isObject(value)) return 'the whole';
  const picked: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(checks)) {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!check(field)) return name;
    if (field !== undefined) picked[name] = field;
  }
  return picked;
}

function parseEnvelope(json: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) && value.vrrpbench !== undefined ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the text of a run's block; never throws. */
export function decodeAnnotation(json: string): Annotation {
  const envelope = parseEnvelope(json);
  if (envelope === undefined) return { kind: 'foreign' };
  const { vrrpbench, origin, intent, event } = envelope;
  if (vrrpbench !== FORMAT_VERSION) return bad(`version ${JSON.stringify(vrrpbench)} of annotations is not known`);
  if (typeof origin !== 'string' || !ORIGIN.test(origin)) return bad('an annotation has no origin');
  const originUnixNanoseconds = BigInt(origin);
  if (intent !== undefined) return decodeIntent(originUnixNanoseconds, intent);
  if (event !== undefined) return decodeEvent(originUnixNanoseconds, event);
  return bad('an annotation is neither intent nor event');
}

function bad(message: string): Annotation {
  return { kind: 'bad', message };
}

function decodeIntent(originUnixNanoseconds: bigint, value: unknown): Annotation {
  const list = isObject(value) ? value.virtualRouters : undefined;
  if (!Array.isArray(list) || list.length > LIST_LIMIT) return bad('intent: virtualRouters is not a list');
  const virtualRouters: VirtualRouterIntent[] = [];
  for (const [index, entry] of list.entries()) {
    const picked = pick(entry, VIRTUAL_ROUTER);
    if (typeof picked === 'string') return bad(`intent: virtualRouters[${index}]: ${picked} is not what it must be`);
    virtualRouters.push(picked as unknown as VirtualRouterIntent);
  }
  return { kind: 'intent', originUnixNanoseconds, intent: { virtualRouters } };
}

function decodeEvent(originUnixNanoseconds: bigint, value: unknown): Annotation {
  const kind = isObject(value) ? value.kind : undefined;
  if (typeof kind !== 'string' || !Object.hasOwn(EVENTS, kind))
    return bad(`event ${JSON.stringify(kind)} is not known`);
  const picked = pick(value, { kind: text, timeNs: number, ...EVENTS[kind as EventKind] });
  if (typeof picked === 'string') return bad(`event ${kind}: ${picked} is not what it must be`);
  return { kind: 'event', originUnixNanoseconds, event: picked as unknown as RunEvent };
}

/** Reads the text of an interface's custom option: a port role, nothing where it is not ours, or what is wrong. */
export function decodePort(json: string): PortRole | string | undefined {
  const envelope = parseEnvelope(json);
  if (envelope === undefined || envelope.port === undefined) return undefined;
  const picked = pick(envelope.port, PORT);
  if (typeof picked === 'string') return `port role: ${picked} is not what it must be`;
  return picked as unknown as PortRole;
}
