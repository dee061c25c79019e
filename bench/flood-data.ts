/** What a thread that floods a LAN is started with. */
export interface FloodData {
  readonly namespacePath: string;
  readonly link: number;
  readonly frame: Uint8Array;
  readonly framesPerMs: number;
  /** How many frames were sent, and whether it is to end. */
  readonly state: SharedArrayBuffer;
}
