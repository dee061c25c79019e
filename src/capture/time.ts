/**
 * A point in time: integer nanoseconds since the origin of the session. A double holds 104 days of nanoseconds exactly;
 * a session that outlives 100 days moves its origin.
 */
export type Nanoseconds = number;

/** What ties a session's nanoseconds to the wall clock: the origin in nanoseconds since 1970-01-01T00:00:00Z. */
export interface TimeOrigin {
  readonly unixNanoseconds: bigint;
}

/** Nanoseconds in a microsecond, a millisecond, a centisecond (VRRPv3's unit) and a second. */
export const MICROSECOND = 1_000;
export const MILLISECOND = 1_000_000;
export const CENTISECOND = 10_000_000;
export const SECOND = 1_000_000_000;

const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The clock face that times are written with. */
export type TimeZoneChoice = 'utc' | 'local';

/**
 * Writes a time by RFC 3339 with nine digits: `2026-11-23T08:57:38.123456789Z`, or with the offset of the local zone.
 * A time outside the years 0 to 9999, which RFC 3339 cannot write, is given as seconds since 1970: `@-1.500000000`.
 */
export function formatTime(timeNs: Nanoseconds, origin: TimeOrigin, zone: TimeZoneChoice = 'utc'): string {
  return formatUnixTime(origin.unixNanoseconds + BigInt(Math.round(timeNs)), zone);
}

/** Writes nanoseconds since 1970 as {@link formatTime} does. */
export function formatUnixTime(unixNanoseconds: bigint, zone: TimeZoneChoice = 'utc'): string {
  const second = BigInt(SECOND);
  const fraction = ((unixNanoseconds % second) + second) % second;
  const seconds = Number((unixNanoseconds - fraction) / second);
  const digits = fraction.toString().padStart(9, '0');
  const offsetMinutes = zone === 'utc' ? 0 : -new Date(seconds * 1000).getTimezoneOffset();
  const face = new Date((seconds + (offsetMinutes || 0) * 60) * 1000);
  const year = face.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) return formatSeconds(unixNanoseconds);
  return `${face.toISOString().slice(0, 19)}.${digits}${formatOffset(zone, offsetMinutes)}`;
}

function formatSeconds(unixNanoseconds: bigint): string {
  const magnitude = unixNanoseconds < 0n ? -unixNanoseconds : unixNanoseconds;
  const digits = magnitude.toString().padStart(10, '0');
  return `@${unixNanoseconds < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

function formatOffset(zone: TimeZoneChoice, offsetMinutes: number): string {
  if (zone === 'utc') return 'Z';
  const magnitude = Math.abs(offsetMinutes);
  const hours = String(Math.floor(magnitude / 60)).padStart(2, '0');
  const minutes = String(magnitude % 60).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${hours}:${minutes}`;
}

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})?$/;
const UNIX_SECONDS = /^@?(-?)(\d{1,12})(?:\.(\d{1,9}))?$/;

/**
 * Reads a time that a person typed: RFC 3339 (`2026-11-23T08:57:38.5Z`; a blank for the T and no zone, which means local
 * time, are taken too) or seconds since 1970 (`1795337858.5`). Returns nothing where the text is no time.
 */
export function parseTime(text: string): TimeOrigin | undefined {
  const trimmed = text.trim();
  const seconds = UNIX_SECONDS.exec(trimmed);
  if (seconds !== null) {
    const magnitude = BigInt(seconds[2] ?? '') * BigInt(SECOND) + parseFraction(seconds[3]);
    return { unixNanoseconds: seconds[1] === '-' ? -magnitude : magnitude };
  }
  const match = RFC_3339.exec(trimmed);
  if (match === null) return undefined;
  const [, date, clock, fraction, zone] = match;
  // A 31st of February is turned into a day of March by the parser; it is refused by comparing the day that came out.
  const plain = new Date(`${date}T${clock}Z`);
  if (Number.isNaN(plain.getTime()) || plain.toISOString().slice(0, 10) !== date) return undefined;
  const milliseconds = Date.parse(`${date}T${clock}${(zone ?? '').toUpperCase()}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return { unixNanoseconds: BigInt(milliseconds) * BigInt(MILLISECOND) + parseFraction(fraction) };
}

function parseFraction(digits: string | undefined): bigint {
  return BigInt((digits ?? '').padEnd(9, '0'));
}

/** Nanoseconds from an origin to a point of the wall clock. */
export function nanosecondsSince(origin: TimeOrigin, time: TimeOrigin): Nanoseconds {
  return Number(time.unixNanoseconds - origin.unixNanoseconds);
}

/**
 * Writes a duration for people, with up to four digits that count: `850 ns`, `12.3 µs`, `361.5 ms`, `3.609 s`,
 * `2 min 5 s`, `3 h 4 min`, `2 d 5 h`.
 */
export function formatDuration(durationNs: number): string {
  if (durationNs < 0) return `-${formatDuration(-durationNs)}`;
  const units: readonly (readonly [number, string])[] = [
    [1, 'ns'],
    [MICROSECOND, 'µs'],
    [MILLISECOND, 'ms'],
    [SECOND, 's'],
  ];
  for (const [unitNs, name] of units) {
    const value = Number((durationNs / unitNs).toPrecision(4));
    if (value < (name === 's' ? 60 : 1000)) return `${value} ${name}`;
  }
  if (durationNs < HOUR - SECOND / 2) return formatPair(durationNs, MINUTE, 'min', SECOND, 's');
  if (durationNs < DAY - MINUTE / 2) return formatPair(durationNs, HOUR, 'h', MINUTE, 'min');
  return formatPair(durationNs, DAY, 'd', HOUR, 'h');
}

function formatPair(durationNs: number, majorNs: number, major: string, minorNs: number, minor: string): string {
  const minors = Math.round(durationNs / minorNs);
  const perMajor = majorNs / minorNs;
  const rest = minors % perMajor;
  return `${Math.floor(minors / perMajor)} ${major}${rest === 0 ? '' : ` ${rest} ${minor}`}`;
}
