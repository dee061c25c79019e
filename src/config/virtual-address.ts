import { isIPv4 } from 'node:net';
import type { VirtualAddress } from './configuration.ts';
import { isPlainIPv6, quoted, wholeNumber } from './keyword.ts';
import { type Complaints, complain, notice } from './problem.ts';
import type { Word } from './words.ts';

type Scope = NonNullable<VirtualAddress['scope']>;
const SCOPES: ReadonlySet<string> = new Set<Scope>(['global', 'site', 'link', 'host']);

/** What an entry says besides the address; `device` is checked when the virtual router's interfaces are known. */
export interface VirtualAddressDraft {
  readonly address: VirtualAddress;
  readonly device?: Word;
}

const VALUELESS_AND_HARMLESS = new Set(['noprefixroute', '-nodad', 'home', 'autojoin', 'no_track']);

/**
 * Reads `ADDRESS[/MASK] [brd ADDRESS] [dev NAME] [scope SCOPE] [label LABEL] …`; undefined where it is malformed, which
 * was complained about.
 */
export function readVirtualAddress(words: readonly Word[], complaints: Complaints): VirtualAddressDraft | undefined {
  const first = words[0]!;
  const [text, mask, ...rest] = first.text.split('/');
  const is4 = isIPv4(text!);
  if ((!is4 && !isPlainIPv6(text!)) || rest.length > 0) {
    complain(complaints, first, `${quoted(first.text)} is not an IP address with or without /MASK`);
    return undefined;
  }
  const prefixLength = mask === undefined ? undefined : wholeNumber(mask);
  if (mask !== undefined && (prefixLength === undefined || prefixLength < 0 || prefixLength > (is4 ? 32 : 128))) {
    complain(complaints, first, `the mask of ${quoted(first.text)} is not a number from 0 to ${is4 ? 32 : 128}`);
    return undefined;
  }
  const { file, line, column } = first;
  let address: VirtualAddress = { file, line, column, address: text! };
  if (prefixLength !== undefined) address = { ...address, prefixLength };
  let device: Word | undefined;

  for (let index = 1; index < words.length; index += 1) {
    const option = words[index]!;
    if (VALUELESS_AND_HARMLESS.has(option.text)) {
      notice(
        complaints,
        option,
        `${option.text} is ignored: virtual addresses are host addresses that the router puts back`,
      );
      continue;
    }
    index += 1;
    const value = words[index];
    if (value === undefined) {
      complain(complaints, option, `${quoted(option.text)} is no option of a virtual address, or lacks its value`);
      return undefined;
    }
    switch (option.text) {
      case 'brd':
      case 'broadcast':
        if (value.text === '+' || value.text === '-') {
          notice(
            complaints,
            value,
            `brd ${value.text} is ignored: a virtual address has no broadcast address of its own`,
          );
        } else if (!(is4 && isIPv4(value.text))) {
          complain(complaints, value, `${quoted(value.text)} is not an IPv4 broadcast address`);
        } else address = { ...address, broadcast: value.text };
        break;
      case 'scope':
        if (!SCOPES.has(value.text))
          complain(complaints, value, `${quoted(value.text)} is not a scope`, 'global, site, link or host');
        else address = { ...address, scope: value.text as Scope };
        break;
      case 'label':
        if (value.text.length > 15)
          complain(complaints, value, `the label ${quoted(value.text)} is longer than 15 characters`);
        else address = { ...address, label: value.text };
        break;
      case 'dev':
        device = value;
        break;
      default:
        complain(complaints, option, `${quoted(option.text)} of a virtual address is not honoured`);
        return undefined;
    }
  }
  return device === undefined ? { address } : { address, device };
}
