import { formatAddress } from '../wire/address.ts';
import { PROTOCOL_VRRP } from '../wire/network.ts';
import { createVrrpCursor, readVrrp } from '../wire/vrrp.ts';
import { readCaptureFile } from './file.ts';
import type { CaptureInterface, FrameRecord } from './frame.ts';
import { createFrameIdentity } from './identity.ts';
import type { Nanoseconds, TimeOrigin } from './time.ts';

/** Frames of one capture that others may have seen too, of which the first so many are kept. */
const SIGHTINGS = 65_536;
const GROUPS = 4096;
const ADDRESSES = 16;

/** One frame that others may have seen: what it is, when, and at which interface. */
export interface Sighting {
  /** Whatever its tags. */
  readonly identity: number;
  /** Its VLAN tags, outer and inner: -1 for none. */
  readonly outerVlan: number;
  readonly innerVlan: number;
  readonly timeNs: Nanoseconds;
  readonly interfaceIndex: number;
  /** Whether no other frame has these octets: IPv4 numbers its packets. ARP and neighbor discovery repeat themselves. */
  readonly unique: boolean;
}

/** What a first look at a capture tells: enough to bring its clock and its LANs together with others. */
export interface Survey {
  readonly file: string;
  readonly origin: TimeOrigin;
  readonly interfaces: readonly CaptureInterface[];
  readonly sightings: readonly Sighting[];
  /** By interface: the virtual routers that are advertised there, as VRID, family and addresses in one text. */
  readonly groups: ReadonlyMap<number, ReadonlySet<string>>;
  /** Of all its frames; absent where it has none. */
  readonly span?: CaptureSpan;
}

/** The time of a capture's first frame and of its last, since its own origin. */
export interface CaptureSpan {
  readonly fromNs: Nanoseconds;
  readonly toNs: Nanoseconds;
}

/**
 * Looks through a capture. Times count from its own origin. Throws a CaptureFileError where it cannot be read; one that
 * breaks is looked at up to there.
 */
export async function surveyCapture(file: string): Promise<Survey> {
  const identity = createFrameIdentity();
  const vrrp = createVrrpCursor();
  const interfaces: CaptureInterface[] = [];
  const sightings: Sighting[] = [];
  const groups = new Map<number, Set<string>>();
  let origin: TimeOrigin = { unixNanoseconds: 0n };
  let fromNs = Number.POSITIVE_INFINITY;
  let toNs = Number.NEGATIVE_INFINITY;

  function groupOf({ bytes }: FrameRecord): string {
    const { transportOffset, transportEnd, wireEnd, addressLength } = identity.cursor;
    readVrrp(vrrp, bytes, transportOffset, transportEnd, wireEnd, addressLength);
    const addresses: string[] = [];
    const end =
      vrrp.addressesOffset < 0 ? -1 : Math.min(vrrp.addressesEnd, vrrp.addressesOffset + ADDRESSES * addressLength);
    for (let offset = vrrp.addressesOffset; offset < end; offset += addressLength) {
      addresses.push(formatAddress(bytes, offset, addressLength));
    }
    return `${vrrp.virtualRouterId} ${addressLength} ${identity.cursor.outerVlan} ${addresses.sort().join(' ')}`;
  }

  function frame(record: FrameRecord): void {
    const { timeNs, interfaceIndex } = record;
    fromNs = Math.min(fromNs, timeNs);
    toNs = Math.max(toNs, timeNs);
    const hash = identity.ofPacket(record, interfaces[interfaceIndex]?.linkType ?? 1);
    if (hash === 0 || !identity.isShared()) return;
    if (identity.cursor.protocol === PROTOCOL_VRRP) {
      const known = groups.get(interfaceIndex) ?? new Set();
      if (known.size < GROUPS) groups.set(interfaceIndex, known.add(groupOf(record)));
    }
    if (sightings.length >= SIGHTINGS) return;
    const { outerVlan, innerVlan, identification } = identity.cursor;
    sightings.push({ identity: hash, outerVlan, innerVlan, timeNs, interfaceIndex, unique: identification > 0 });
  }

  await readCaptureFile(file, {
    origin(value) {
      origin = value;
    },
    interface(index, description) {
      interfaces[index] = description;
    },
    frame,
  });
  const span = fromNs > toNs ? {} : { span: { fromNs, toNs } };
  return { file, origin, interfaces, sightings, groups, ...span };
}
