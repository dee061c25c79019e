import { type HoldUp, heldUpNs, type RunEvent } from '../../capture/event.ts';
import type { Nanoseconds } from '../../capture/time.ts';
import { NEVER } from './state.ts';

/** What events say about a node. */
export interface NodeState {
  readonly name: string;
  startedNs: Nanoseconds;
  /** When it was started for the first time. */
  firstStartedNs: Nanoseconds;
  /** When it said that it runs: what reached its port before may have reached nobody. */
  readyNs: Nanoseconds;
  stoppingNs: Nanoseconds;
  /** Killed, exited or without power. */
  downNs: Nanoseconds;
  frozen: boolean;
  /** When it was last frozen. */
  frozenNs: Nanoseconds;
  /** When anything last disturbed it (a cable, a fault, a freeze), so that what it heard is not known. */
  disturbedNs: Nanoseconds;
  /** The newest event, in words: `was killed`. */
  lastWords: string;
  lastWordsNs: Nanoseconds;
}

/** What is known of nodes and of the host from events. */
export interface Nodes {
  /** Whether there were events at all: without them nobody is known to be down. */
  readonly known: boolean;
  event(event: RunEvent): void;
  get(name: string): NodeState | undefined;
  isDown(name: string, timeNs: Nanoseconds): boolean;
  /** Nanoseconds of [from, to] in which the host held somebody up. */
  stalledNs(fromNs: Nanoseconds, toNs: Nanoseconds): number;
  /** Whether what is seen now may have been under way since `sinceNs`; while the host held somebody up, nothing was. */
  isUnderWay(sinceNs: Nanoseconds, nowNs: Nanoseconds): boolean;
  /** How long somebody was held up who had something to do at this time. */
  heldFromNs(timeNs: Nanoseconds): number;
}

const STALLS = 1024;
/** A frame is heard this long after it was seen on the wire, at most, where nobody is held up. */
const NOTICE_NS = 1_000_000;
const NODES = 4096;

/** That the host held somebody up is told when it is over: what it may excuse waits so long to be judged. */
export const HOLD_UP_TOLD_NS = 500_000_000;

/** How long frames of a router that ended may still be under way. */
export const AFTERMATH_NS = 50_000_000;

export function createNodes(): Nodes {
  const nodes = new Map<string, NodeState>();
  const stalls: HoldUp[] = [];
  let known = false;

  function nodeOf(name: string): NodeState {
    let node = nodes.get(name);
    if (node === undefined) {
      node = {
        name,
        startedNs: NEVER,
        firstStartedNs: Number.POSITIVE_INFINITY,
        readyNs: NEVER,
        stoppingNs: NEVER,
        downNs: NEVER,
        frozen: false,
        frozenNs: NEVER,
        disturbedNs: NEVER,
        lastWords: '',
        lastWordsNs: NEVER,
      };
      if (nodes.size < NODES) nodes.set(name, node);
    }
    return node;
  }

  function say(node: NodeState, timeNs: Nanoseconds, words: string): void {
    node.lastWords = words;
    node.lastWordsNs = timeNs;
  }

  function event(event: RunEvent): void {
    const { timeNs } = event;
    switch (event.kind) {
      case 'router-started':
        known = true;
        nodeOf(event.router).startedNs = timeNs;
        nodeOf(event.router).firstStartedNs = Math.min(nodeOf(event.router).firstStartedNs, timeNs);
        say(nodeOf(event.router), timeNs, 'was started');
        break;
      case 'router-ready':
        nodeOf(event.router).readyNs = timeNs;
        break;
      case 'router-stopping':
        nodeOf(event.router).stoppingNs = timeNs;
        say(nodeOf(event.router), timeNs, 'was asked to stop');
        break;
      case 'router-killed':
        nodeOf(event.router).downNs = timeNs;
        say(nodeOf(event.router), timeNs, 'was killed');
        break;
      case 'router-exited':
        exited(nodeOf(event.router), timeNs, event.expected);
        break;
      case 'power-off':
        nodeOf(event.node).downNs = timeNs;
        say(nodeOf(event.node), timeNs, 'lost its power');
        break;
      case 'power-on':
        say(nodeOf(event.node), timeNs, 'got its power back');
        break;
      case 'router-frozen':
      case 'router-thawed':
        nodeOf(event.router).frozen = event.kind === 'router-frozen';
        if (event.kind === 'router-frozen') nodeOf(event.router).frozenNs = timeNs;
        disturb(nodeOf(event.router), timeNs, event.kind === 'router-frozen' ? 'was frozen' : 'was continued');
        break;
      case 'cable-pulled':
      case 'cable-plugged':
        disturb(nodeOf(event.node), timeNs, event.kind === 'cable-pulled' ? 'lost its cable' : 'got its cable back');
        break;
      case 'fault-began':
      case 'fault-ended':
        for (const node of nodes.values()) node.disturbedNs = timeNs;
        break;
      case 'stall':
      case 'router-waited':
      case 'lock-held':
        stalls.push(event);
        if (stalls.length > STALLS) stalls.shift();
        break;
      case 'probe-began':
      case 'probe-ended':
      case 'clock-step':
      case 'note':
        break;
    }
  }

  function disturb(node: NodeState, timeNs: Nanoseconds, words: string): void {
    node.disturbedNs = timeNs;
    say(node, timeNs, words);
  }

  function exited(node: NodeState, timeNs: Nanoseconds, expected: boolean): void {
    const wasDown = node.downNs > node.startedNs;
    if (!wasDown) node.downNs = timeNs;
    if (!expected) say(node, timeNs, 'ended by itself');
  }

  function isDown(name: string, timeNs: Nanoseconds): boolean {
    const node = nodes.get(name);
    return node !== undefined && node.downNs > node.startedNs && !isUnderWay(node.downNs, timeNs);
  }

  function isUnderWay(sinceNs: Nanoseconds, nowNs: Nanoseconds): boolean {
    const elapsedNs = nowNs - sinceNs;
    return elapsedNs <= AFTERMATH_NS || elapsedNs - heldUpNs(stalls, sinceNs, nowNs) <= AFTERMATH_NS;
  }

  function heldFromNs(timeNs: Nanoseconds): number {
    let untilNs = timeNs;
    for (const { timeNs: beginNs, durationNs } of stalls) {
      if (beginNs <= timeNs + NOTICE_NS) untilNs = Math.max(untilNs, beginNs + durationNs);
    }
    return untilNs - timeNs;
  }

  return {
    get known() {
      return known;
    },
    event,
    get: (name) => nodes.get(name),
    isDown,
    stalledNs: (fromNs, toNs) => heldUpNs(stalls, fromNs, toNs),
    isUnderWay,
    heldFromNs,
  };
}
