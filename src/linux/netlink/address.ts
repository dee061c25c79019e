import { AF_INET, addressBytes, addressText, familyOf } from '../address.ts';
import {
  NLM_F_CREATE,
  NLM_F_EXCLUSIVE,
  NLM_F_REPLACE,
  readAttributes,
  readNumber,
  readText,
  writeMessage,
} from './message.ts';
import type { NetlinkSocket } from './socket.ts';

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_LABEL = 3;
const IFA_BROADCAST = 4;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;
const IFA_F_NODAD = 0x02;
const IFA_F_DADFAILED = 0x08;
const IFA_F_HOMEADDRESS = 0x10;
const IFA_F_DEPRECATED = 0x20;
const IFA_F_TENTATIVE = 0x40;
const IFA_F_PERMANENT = 0x80;
const IFA_F_NOPREFIXROUTE = 0x200;
const FOREVER = 0xffffffff;

/** Scopes by name, as `ip address` shows them. */
export type Scope = 'global' | 'site' | 'link' | 'host';
const SCOPES: Readonly<Record<Scope, number>> = { global: 0, site: 200, link: 253, host: 254 };

/** The number of a scope in rtnetlink. */
export function scopeNumber(scope: Scope): number {
  return SCOPES[scope];
}

export interface AddressIdentity {
  /** Of the link that carries it. */
  readonly index: number;
  readonly address: string;
  readonly prefixLength: number;
}

export interface NewAddress extends AddressIdentity {
  /** IPv6: no duplicate address detection, usable at once. */
  readonly noDuplicateDetection?: boolean;
  /** No connected route to the prefix. */
  readonly noPrefixRoute?: boolean;
  /** IPv6: a home address (Mobile IPv6), preferred as a source. */
  readonly home?: boolean;
  /** IPv6: preferred lifetime 0, so that the kernel does not choose it as a source. */
  readonly deprecated?: boolean;
  /** `global` when absent. */
  readonly scope?: Scope;
  readonly label?: string;
  readonly broadcast?: string;
  /** Who made it, as for routes; kernels before 5.18 forget it. */
  readonly protocol?: number;
  /** Overwrites the flags of the same address where it is there already, instead of EEXIST. */
  readonly replace?: boolean;
}

/** An address as the kernel shows it. */
export interface Address extends AddressIdentity {
  readonly family: 4 | 6;
  readonly scope: Scope | number;
  readonly label?: string;
  readonly broadcast?: string;
  readonly noPrefixRoute: boolean;
  readonly home: boolean;
  readonly deprecated: boolean;
  /** IPv6: duplicate address detection has not ended, or found a duplicate. */
  readonly tentative: boolean;
  readonly duplicate: boolean;
  /** Who made it; 0 where nobody said. */
  readonly protocol?: number;
  /** It ends by itself, unless who gave it goes on giving it. */
  readonly dynamic?: true;
}

function addressHeader(family: number, prefixLength: number, index: number, scope: number): Uint8Array {
  const header = new Uint8Array(8);
  header[0] = family;
  header[1] = prefixLength;
  header[3] = scope;
  new DataView(header.buffer).setUint32(4, index, true);
  return header;
}

function identify(address: AddressIdentity): string {
  return `${address.address}/${address.prefixLength} on link ${address.index}`;
}

export function addAddress(socket: NetlinkSocket, address: NewAddress): void {
  const family = familyOf(address.address);
  const bytes = addressBytes(address.address);
  const message = writeMessage(
    RTM_NEWADDR,
    NLM_F_CREATE | (address.replace ? NLM_F_REPLACE : NLM_F_EXCLUSIVE),
    addressHeader(family, address.prefixLength, address.index, SCOPES[address.scope ?? 'global']),
  );
  message.bytes(IFA_LOCAL, bytes);
  if (family === AF_INET) message.bytes(IFA_ADDRESS, bytes);
  if (address.label !== undefined) message.text(IFA_LABEL, address.label);
  if (address.broadcast !== undefined) message.bytes(IFA_BROADCAST, addressBytes(address.broadcast));
  message.u32(
    IFA_FLAGS,
    (address.noDuplicateDetection ? IFA_F_NODAD : 0) |
      (address.noPrefixRoute ? IFA_F_NOPREFIXROUTE : 0) |
      (address.home ? IFA_F_HOMEADDRESS : 0),
  );
  if (address.protocol !== undefined) message.u8(IFA_PROTO, address.protocol);
  if (address.deprecated) {
    const lifetimes = new Uint32Array([0, FOREVER, 0, 0]);
    message.bytes(IFA_CACHEINFO, new Uint8Array(lifetimes.buffer));
  }
  socket.request(message, `add the address ${identify(address)}`);
}

export function deleteAddress(socket: NetlinkSocket, address: AddressIdentity): void {
  const message = writeMessage(
    RTM_DELADDR,
    0,
    addressHeader(familyOf(address.address), address.prefixLength, address.index, 0),
  );
  message.bytes(IFA_LOCAL, addressBytes(address.address));
  socket.request(message, `delete the address ${identify(address)}`);
}

/** Decodes what follows the header of an RTM_NEWADDR or RTM_DELADDR. */
export function decodeAddress(body: Uint8Array): Address {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const attributes = readAttributes(body.subarray(8));
  const flags = readNumber(attributes, IFA_FLAGS) ?? view.getUint8(2);
  const scope = view.getUint8(3);
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) ?? new Uint8Array(4);
  const label = readText(attributes, IFA_LABEL);
  const protocol = readNumber(attributes, IFA_PROTO) ?? 0;
  const broadcast = attributes.get(IFA_BROADCAST);
  return {
    index: view.getUint32(4, true),
    family: view.getUint8(0) === AF_INET ? 4 : 6,
    address: addressText(bytes),
    prefixLength: view.getUint8(1),
    scope: (Object.keys(SCOPES) as Scope[]).find((name) => SCOPES[name] === scope) ?? scope,
    noPrefixRoute: (flags & IFA_F_NOPREFIXROUTE) !== 0,
    home: (flags & IFA_F_HOMEADDRESS) !== 0,
    deprecated: (flags & IFA_F_DEPRECATED) !== 0,
    tentative: (flags & IFA_F_TENTATIVE) !== 0,
    duplicate: (flags & IFA_F_DADFAILED) !== 0,
    ...(protocol === 0 ? {} : { protocol }),
    ...((flags & IFA_F_PERMANENT) === 0 ? { dynamic: true as const } : {}),
    ...(label === undefined ? {} : { label }),
    ...(broadcast === undefined ? {} : { broadcast: addressText(broadcast) }),
  };
}

/** The addresses of a link, or of all. */
export function listAddresses(socket: NetlinkSocket, index?: number): Address[] {
  const addresses: Address[] = [];
  socket.dump(
    writeMessage(RTM_GETADDR, 0, addressHeader(0, 0, index ?? 0, 0)),
    'list addresses',
    () => {
      addresses.length = 0;
    },
    (answer) => {
      if (answer.type !== RTM_NEWADDR) return;
      const address = decodeAddress(answer.body);
      if (index === undefined || address.index === index) addresses.push(address);
    },
  );
  return addresses;
}
