import type { RunEvent } from './event.ts';
import type { CaptureInterface } from './frame.ts';
import type { Intent } from './intent.ts';

/** Where and how a capture broke. Everything before has been delivered. */
export interface CaptureProblem {
  /** Octets from the start of the capture (of its unpacked content where it is compressed). */
  readonly offset: number;
  /** The number that the frame there would have had, or the next one: frames before it are sound. */
  readonly frame: number;
  /** pcapng: the block's position in the file, from 1. */
  readonly block?: number;
  readonly message: string;
}

/** What a run wrote into its capture beside frames; empty for any other capture. */
export interface CaptureAnnotations {
  readonly intent?: Intent;
  readonly events: readonly RunEvent[];
  /** Annotations that were there and could not be understood, in words; at most 20 are kept. */
  readonly problems: readonly string[];
}

export type CaptureFormat = 'pcap' | 'pcapng' | 'unknown';

/** What a reader says when a capture is over. */
export interface CaptureEnd {
  /** Frames that were delivered. */
  readonly frames: number;
  readonly format: CaptureFormat;
  readonly compression: 'none' | 'gzip';
  readonly interfaces: readonly CaptureInterface[];
  /** Whether the capture was read to its proper end; `problem` says where it broke otherwise. */
  readonly complete: boolean;
  readonly problem?: CaptureProblem;
  /** Frames that the capturing program says it lost, where it says so. */
  readonly droppedFrames?: number;
  /** Frames whose blocks carry no time (Simple Packet Blocks): each was given the time of the frame before it. */
  readonly framesWithoutTime: number;
  readonly annotations: CaptureAnnotations;
}
