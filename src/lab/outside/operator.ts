import type { StageAction } from '../../stage/action.ts';
import type { RouterDescription } from '../../stage/topology.ts';

/** What is asked of whoever runs the routers outside. */
export interface OperatorRequest {
  readonly action: 'connect' | 'configure' | RouterAction['kind'];
  readonly router: RouterDescription;
  /** What is to be done, in words: `start VRRP on r1`. */
  readonly words: string;
  /** How the router is to be, in words, where it is to be changed. */
  readonly configuration?: string;
}

/** Somebody who does to a router outside what the bench cannot: a person at the terminal, or a program. */
export interface Operator {
  /** Resolves when it is done. Rejects with a SkippedError where it cannot be. */
  ask(request: OperatorRequest): Promise<void>;
  /** Nothing more will be asked; what is being asked is rejected. */
  close(): void;
}

/** Actions on a router itself. */
export type RouterAction = Extract<
  StageAction,
  {
    readonly kind:
      | 'start'
      | 'stop'
      | 'kill'
      | 'freeze'
      | 'thaw'
      | 'reload'
      | 'power-off'
      | 'power-on'
      | 'pull-cable'
      | 'plug-cable'
      | 'remove-interface'
      | 'restore-interface';
  }
>;

/** What each action is in the operator's words; `{}` is the router. */
const WORDS: Readonly<Record<RouterAction['kind'], string>> = {
  start: 'start VRRP on {}',
  stop: 'stop VRRP on {} gracefully',
  kill: 'end the VRRP process of {} so that it cannot say good-bye (kill -9)',
  freeze: 'stop the VRRP process of {} from running (kill -STOP)',
  thaw: 'let the VRRP process of {} run again (kill -CONT)',
  reload: 'give {} this configuration while VRRP runs',
  'power-off': 'switch the power of {} off',
  'power-on': 'switch the power of {} on, and wait until it is up; VRRP is not to run yet',
  'pull-cable': 'pull the cable of {}',
  'plug-cable': 'plug the cable of {} in again',
  'remove-interface': 'take the interface of {} away, with all that is configured on it',
  'restore-interface': 'bring the interface of {} back, with its addresses',
};

/** What has to be undone before a router is as every scenario expects it: there, and without VRRP. */
const UNDONE_BY: Readonly<Partial<Record<RouterAction['kind'], RouterAction['kind']>>> = {
  freeze: 'thaw',
  'power-off': 'power-on',
  'pull-cable': 'plug-cable',
  'remove-interface': 'restore-interface',
};

/** The routers outside through their operator: what was last asked of each is known, so that nothing is asked twice. */
export interface OutsideRouters {
  /** Has a router configured, with VRRP not running; asks nothing where it is so. Rejects with a SkippedError. */
  prepare(router: RouterDescription): Promise<void>;
  perform(router: RouterDescription, action: RouterAction): Promise<void>;
}

interface Known {
  configuration: string;
  running: boolean;
  /** What was done to it that the next scenario must not find. */
  readonly disturbed: Set<RouterAction['kind']>;
}

/** What action an action is, where it is done to a router itself; undefined for all others. */
export function routerActionOf(action: StageAction): RouterAction | undefined {
  return action.kind in WORDS ? (action as RouterAction) : undefined;
}

/** The node that an action is done to. */
export function nodeOfAction(action: RouterAction): string {
  return 'router' in action ? action.router : action.node;
}

/** Nothing is known of any router yet. */
export function createOutsideRouters(
  operator: Operator,
  configurationOf: (router: RouterDescription) => string,
): OutsideRouters {
  const routers = new Map<string, Known>();

  async function ask(router: RouterDescription, action: RouterAction['kind'], where = ''): Promise<void> {
    await operator.ask({ action, router, words: `${WORDS[action].replace('{}', router.name)}${where}` });
  }

  return {
    async prepare(router) {
      const { name } = router;
      const configuration = configurationOf(router);
      const known = routers.get(name);
      for (const action of known?.disturbed ?? []) {
        await ask(router, UNDONE_BY[action]!);
        known?.disturbed.delete(action);
      }
      if (known?.configuration === configuration) {
        if (known.running) await ask(router, 'stop');
        known.running = false;
        return;
      }
      routers.delete(name);
      const words = `configure ${name} as follows, and leave VRRP stopped`;
      await operator.ask({ action: 'configure', router, words, configuration });
      routers.set(name, { configuration, running: false, disturbed: new Set() });
    },
    async perform(router, action) {
      const known = routers.get(router.name);
      if (known !== undefined && UNDONE_BY[action.kind] !== undefined) known.disturbed.add(action.kind);
      if (action.kind === 'reload') {
        const configuration = configurationOf(action.description);
        const words = WORDS.reload.replace('{}', router.name);
        await operator.ask({ action: 'reload', router: action.description, words, configuration });
        if (known !== undefined) known.configuration = configuration;
        return;
      }
      await ask(router, action.kind, 'lan' in action ? ` on LAN ${action.lan}` : '');
      if (known === undefined) return;
      for (const done of known.disturbed) if (UNDONE_BY[done] === action.kind) known.disturbed.delete(done);
      if (action.kind === 'start') known.running = true;
      if (['stop', 'kill', 'power-off'].includes(action.kind)) known.running = false;
    },
  };
}
