import type { RouterLaunch } from '../lab/launch.ts';
import type { RouterDescription } from '../stage/topology.ts';

/** Whether an implementation can be run on this machine. */
export type Availability =
  | { readonly available: true; readonly program: string }
  | { readonly available: false; readonly reason: string; readonly cure: string };

/** How one kind of router is run. Everything that is particular to it is in the file that makes this. */
export interface Implementation {
  /** As scenarios name it: `native`, `keepalived`. */
  readonly name: string;
  /** Looks for its program. */
  find(): Availability;
  /**
   * How this router is run.
   * @throws StageError where its program is missing, or it cannot play what is described
   */
  launch(router: RouterDescription): RouterLaunch;
}
