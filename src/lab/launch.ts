/** A file that a router needs, in its own folder. */
export interface LaunchFile {
  /** Path below the router's folder; `{folder}` in `text` and in arguments stands for that folder. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** A command line without a shell: program and arguments. */
export interface LaunchCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A macvlan that the router expects to find: made with the node, and again whenever it gets its power back. */
export interface LaunchLink {
  readonly name: string;
  /** The interface of the port that it hangs on. */
  readonly parent: string;
  readonly mode: 'private' | 'bridge';
  readonly macAddress: string;
  /** Addresses with prefix length. */
  readonly addresses: readonly string[];
  /** Whether the kernel gives it a random link-local address, never one of its MAC address; none unless said. */
  readonly linkLocal?: 'none' | 'random';
}

/**
 * How one router is run inside its namespace: data alone, so that it crosses the channel to the lab's server. Made by an
 * implementation; the lab knows nothing of any router beyond this.
 */
export interface RouterLaunch {
  readonly files: readonly LaunchFile[];
  /** Links that must exist before it starts. */
  readonly links?: readonly LaunchLink[];
  /** Run to their end, in order, before the router. */
  readonly prepare: readonly LaunchCommand[];
  readonly command: LaunchCommand;
  /** Signal of a graceful stop, and how long it may take. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  readonly stopTimeoutMs: number;
  /** What makes it read its files again; absent: it cannot. */
  readonly reloadSignal?: 'SIGHUP';
  /** A line of its output that says that it is ready; absent: ready when started. */
  readonly readyPattern?: string;
  readonly readyTimeoutMs: number;
  /** SCHED_FIFO priority given to every thread of it after it is ready, where permitted; absent: left alone. */
  readonly realTimePriority?: number;
  /** Files to delete before each start (stale pid files), below the folder. */
  readonly removeBeforeStart: readonly string[];
}
