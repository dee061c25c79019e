import type { Appointment, Clock } from './clock.ts';

/** Who has which address: a node's ARP and neighbor caches, and what waits for an answer. */
export interface Neighbors {
  /** Calls `send` with the MAC of the address, at once or when an answer has come; never where none comes. */
  resolve(address: string, solicit: () => void, send: (mac: Uint8Array) => void): void;
  /** Somebody told where an address is. What nobody has asked about is kept only where `isNew` allows it. */
  learn(address: string, mac: Uint8Array, isNew: boolean): void;
  /** Forgets everything. */
  clear(): void;
}

/** As Linux does: three questions, a second apart, and three packets that wait for the answer to each. */
const SOLICITATIONS = 3;
const SOLICITATION_INTERVAL_NS = 1_000_000_000;
const MAXIMUM_WAITING = 3;
/** Addresses that a cache holds; beyond them the oldest is forgotten. */
const MAXIMUM_ENTRIES = 4096;

interface Question {
  asked: number;
  readonly waiting: ((mac: Uint8Array) => void)[];
  appointment: Appointment | undefined;
}

export function createNeighbors(clock: Clock): Neighbors {
  const entries = new Map<string, Uint8Array>();
  const questions = new Map<string, Question>();

  const ask = (address: string, question: Question, solicit: () => void): void => {
    if (question.asked === SOLICITATIONS) {
      questions.delete(address);
      return;
    }
    question.asked += 1;
    question.appointment = clock.after(SOLICITATION_INTERVAL_NS, () => ask(address, question, solicit));
    solicit();
  };

  const keep = (address: string, mac: Uint8Array): void => {
    const oldest = entries.size >= MAXIMUM_ENTRIES ? entries.keys().next().value : undefined;
    if (oldest !== undefined) entries.delete(oldest);
    entries.set(address, mac);
  };

  return {
    resolve(address, solicit, send) {
      const mac = entries.get(address);
      if (mac !== undefined) {
        send(mac);
        return;
      }
      const known = questions.get(address);
      const question: Question = known ?? { asked: 0, waiting: [], appointment: undefined };
      question.waiting.push(send);
      if (question.waiting.length > MAXIMUM_WAITING) question.waiting.shift();
      if (known !== undefined) return;
      questions.set(address, question);
      ask(address, question, solicit);
    },
    learn(address, mac, isNew) {
      const question = questions.get(address);
      if (question === undefined && !entries.has(address) && !isNew) return;
      keep(address, mac);
      if (question === undefined) return;
      questions.delete(address);
      question.appointment?.cancel();
      for (const send of question.waiting) send(mac);
    },
    clear() {
      for (const { appointment } of questions.values()) appointment?.cancel();
      questions.clear();
      entries.clear();
    },
  };
}
