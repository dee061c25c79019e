import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaptureInterface, FrameRecord, KeptFrame } from '../capture/frame.ts';
import { createCaptureWriter } from '../capture/pcapng-writer.ts';
import { formatTime, type Nanoseconds, type TimeOrigin } from '../capture/time.ts';
import type { Finding } from '../conformance/result.ts';
import { printable } from './printable.ts';

export interface RingOptions {
  readonly folder: string;
  readonly origin: TimeOrigin;
  readonly interfaces: readonly CaptureInterface[];
  /** Captures that are kept; the oldest goes. */
  readonly files: number;
  /** How much is kept before a finding and after it, in nanoseconds. */
  readonly aroundNs: number;
  /** What is kept in memory at most, in octets. */
  readonly octets: number;
}

/** The newest frames, and a capture of them around each finding. */
export interface Ring {
  frame(record: FrameRecord): void;
  /** Something was found: its capture is written when its time is over. Returns the path, or nothing where one is due already. */
  found(finding: Finding, nowNs: Nanoseconds): string | undefined;
  /** Writes what is due. */
  tick(nowNs: Nanoseconds): void;
  /** Writes what waits, and ends. */
  end(): void;
}

const NAME = /^vrrp-\d{8}T\d{6}\.\d{9}Z-[a-z0-9.-]+\.pcapng$/;
/** Frames of one capture that findings of the same time comment. */
const FINDINGS = 100;

interface Due {
  readonly path: string;
  readonly fromNs: Nanoseconds;
  readonly untilNs: Nanoseconds;
  readonly findings: Finding[];
}

/** Keeps the newest frames in memory; throws where the folder cannot be written to. */
export function createRing(options: RingOptions): Ring {
  const { folder, origin, interfaces, aroundNs } = options;
  mkdirSync(folder, { recursive: true });
  const kept: KeptFrame[] = [];
  let first = 0;
  let octets = 0;
  let due: Due | undefined;

  /** Drops what is too old or too much; a capture that is due keeps what it needs, as long as memory allows. */
  function trim(nowNs: Nanoseconds): void {
    const needNs = Math.min(due?.fromNs ?? Number.POSITIVE_INFINITY, nowNs - aroundNs);
    while (first < kept.length) {
      const oldest = kept[first]!;
      if (octets <= options.octets && oldest.timeNs >= needNs) break;
      octets -= oldest.bytes.length;
      first++;
    }
    if (first > 1024 && first > kept.length / 2) {
      kept.splice(0, first);
      first = 0;
    }
  }

  function write({ path, fromNs, untilNs, findings }: Due): void {
    const comments = new Map<number, string>();
    for (const { requirement, message, frames } of findings) {
      for (const { number } of frames) comments.set(number, printable(`${requirement}: ${message}`));
    }
    const pieces: Uint8Array[] = [];
    const writer = createCaptureWriter((piece) => pieces.push(piece), {
      origin,
      interfaces,
      application: 'vrrpbench watch',
    });
    for (const frame of kept.slice(first)) {
      if (frame.timeNs < fromNs || frame.timeNs > untilNs) continue;
      const comment = comments.get(frame.number);
      writer.frame({ ...frame, start: 0, end: frame.bytes.length }, comment === undefined ? {} : { comment });
    }
    writer.end();
    writeFileSync(path, Buffer.concat(pieces));
    const files = readdirSync(folder).filter((name) => NAME.test(name));
    for (const name of files.sort().slice(0, Math.max(0, files.length - options.files))) rmSync(join(folder, name));
  }

  function finishDue(): void {
    const capture = due;
    due = undefined;
    if (capture !== undefined) write(capture);
  }

  return {
    frame({ timeNs, interfaceIndex, direction, bytes, start, end, originalLength, number }) {
      const copy = bytes.slice(start, end);
      kept.push({ timeNs, interfaceIndex, direction, bytes: copy, originalLength, number });
      octets += copy.length;
      trim(timeNs);
    },
    found(finding, nowNs) {
      if (due !== undefined) {
        if (due.findings.length < FINDINGS) due.findings.push(finding);
        return undefined;
      }
      const stamp = formatTime(nowNs, origin).replaceAll(/[-:]/g, '');
      const path = join(folder, `vrrp-${stamp}-${finding.requirement}.pcapng`);
      due = { path, fromNs: finding.last - aroundNs, untilNs: nowNs + aroundNs, findings: [finding] };
      return path;
    },
    tick(nowNs) {
      if (due !== undefined && nowNs >= due.untilNs) finishDue();
      trim(nowNs);
    },
    end: finishDue,
  };
}
