import { isIPv4 } from 'node:net';
import { isInterfaceName } from './interface-name.ts';
import { isPlainIPv6, quoted } from './keyword.ts';
import { type Complaints, complain, notice } from './problem.ts';
import type { Prefix } from './routing-configuration.ts';
import type { Word } from './words.ts';

/** The words of one route or rule, read from left to right; what is wrong is complained about, and `failed` tells. */
export interface RoutingWords {
  readonly failed: boolean;
  /** The next word, if there is one. */
  next(): Word | undefined;
  /** The next word without taking it. */
  peek(): string | undefined;
  /** The value of an option, which has to be there. */
  value(option: Word): Word | undefined;
  address(option: Word): string | undefined;
  prefix(word: Word | undefined): Prefix | undefined;
  number(option: Word, most: number): number | undefined;
  device(option: Word): string | undefined;
  table(option: Word): number | undefined;
  refuse(word: Word, message: string, cure?: string): undefined;
  ignore(word: Word, reason: string): void;
}

const LARGEST_32 = 0xffff_ffff;
const TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };

/** Reads the words of an entry. */
export function routingWords(words: readonly Word[], complaints: Complaints): RoutingWords {
  let index = 0;
  let failed = false;

  function refuse(word: Word, message: string, cure?: string): undefined {
    failed = true;
    complain(complaints, word, message, cure);
    return undefined;
  }

  function value(option: Word): Word | undefined {
    const word = words[index];
    index += 1;
    return word ?? refuse(option, `${quoted(option.text)} lacks its value`);
  }

  return {
    get failed() {
      return failed;
    },
    next() {
      index += 1;
      return words[index - 1];
    },
    peek: () => words[index]?.text,
    value,
    address(option) {
      const word = value(option);
      if (word === undefined || isAddress(word.text)) return word?.text;
      return refuse(word, `${quoted(word.text)} is not an IP address`);
    },
    prefix(word) {
      if (word === undefined) return undefined;
      const found = prefixOf(word.text);
      return found ?? refuse(word, `${quoted(word.text)} is not an IP address with or without /MASK`);
    },
    number(option, most) {
      const word = value(option);
      if (word === undefined) return undefined;
      const number = wholeNumber(word.text);
      if (number !== undefined && number <= most) return number;
      return refuse(word, `${option.text} needs a whole number from 0 to ${most}, not ${quoted(word.text)}`);
    },
    device(option) {
      const word = value(option);
      if (word === undefined || isInterfaceName(word.text)) return word?.text;
      return refuse(word, `${quoted(word.text)} cannot be the name of an interface`);
    },
    table(option) {
      const word = value(option);
      if (word === undefined) return undefined;
      const number = Object.hasOwn(TABLES, word.text) ? TABLES[word.text] : wholeNumber(word.text);
      if (number !== undefined && number >= 1 && number <= LARGEST_32) return number;
      return refuse(word, `${quoted(word.text)} is no table of routes`, 'write its number, main, local or default');
    },
    refuse,
    ignore: (word, reason) => notice(complaints, word, `${word.text} is ignored: ${reason}`),
  };
}

/** A whole number of up to 32 bits, decimal or hexadecimal. */
export function wholeNumber(text: string): number | undefined {
  if (!/^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text)) return undefined;
  const number = Number(text);
  return number <= LARGEST_32 ? number : undefined;
}

function isAddress(text: string): boolean {
  return isIPv4(text) || isPlainIPv6(text);
}

function prefixOf(text: string): Prefix | undefined {
  const [address, mask, ...rest] = text.split('/');
  if (!isAddress(address!) || rest.length > 0) return undefined;
  const most = isIPv4(address!) ? 32 : 128;
  if (mask === undefined) return { address: address!, prefixLength: most };
  const prefixLength = /^\d{1,3}$/.test(mask) ? Number(mask) : most + 1;
  return prefixLength > most ? undefined : { address: address!, prefixLength };
}
