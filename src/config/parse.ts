import type {
  AnnouncementGroup,
  ConfigurationResult,
  Defaults,
  NotifyFifo,
  RouterConfiguration,
  Tracked,
  Tracking,
} from './configuration.ts';
import { garpGroup } from './garp-group.ts';
import { GLOBAL_KEYWORDS, type GlobalDraft, globalDraft } from './global.ts';
import { INSTANCE_KEYWORDS, instanceDraft } from './instance.ts';
import { ignored, type Keyword, type KeywordTable, readBlock, refused } from './keyword.ts';
import { type ConfigurationFiles, preprocess } from './preprocess.ts';
import { type Complaints, complain, noComplaints, wholeFile } from './problem.ts';
import { resolveInstances } from './resolve.ts';
import type { NamedInstance } from './resolve-context.ts';
import { readStatements } from './statement.ts';
import { resolveStatics, STATIC_KEYWORDS, type StaticDraft, staticDraft } from './static.ts';
import { type NamedGroup, resolveGroups, SYNC_GROUP_KEYWORDS, syncGroupDraft } from './sync-group.ts';
import { namedBlock, type TrackDefinitions, trackDefinitions } from './track-definition.ts';
import { trackFileBlock } from './track-file.ts';
import { trackProcessBlock } from './track-process.ts';
import { trackScriptBlock } from './track-script.ts';

export interface ParseOptions {
  /** Name of the file in complaints, and where relative includes begin. */
  readonly file: string;
  readonly files: ConfigurationFiles;
  readonly defaults?: Defaults;
  /** What `@word` lines are compared with; the first part of the host's name unless given. */
  readonly configurationId?: string;
}

interface FileDraft {
  readonly global: GlobalDraft;
  readonly instances: NamedInstance[];
  readonly groups: NamedGroup[];
  readonly definitions: TrackDefinitions;
  readonly statics: StaticDraft;
  readonly announcementGroups: AnnouncementGroup[];
}

const globalDefinitions: Keyword<FileDraft> = (draft, statement, complaints) => {
  if (statement.block === undefined) complain(complaints, statement.keyword, 'global_defs needs a block');
  else readBlock(GLOBAL_KEYWORDS, 'global_defs', draft.global, statement.block, complaints);
};

const instance: Keyword<FileDraft> = (draft, statement, complaints) => {
  const named = namedBlock(statement, complaints);
  if (named === undefined) return;
  const read = instanceDraft();
  readBlock(INSTANCE_KEYWORDS, 'vrrp_instance', read, named.block, complaints);
  draft.instances.push({ name: named.name, draft: read });
};

const syncGroup: Keyword<FileDraft> = (draft, statement, complaints) => {
  const named = namedBlock(statement, complaints);
  if (named === undefined) return;
  const read = syncGroupDraft();
  readBlock(SYNC_GROUP_KEYWORDS, 'vrrp_sync_group', read, named.block, complaints);
  draft.groups.push({ name: named.name, draft: read });
};

const definition =
  (read: Keyword<TrackDefinitions>): Keyword<FileDraft> =>
  (draft, statement, complaints) =>
    read(draft.definitions, statement, complaints);

const staticKeywords = Object.fromEntries(
  Object.entries(STATIC_KEYWORDS).map(([name, read]): [string, Keyword<FileDraft>] => [
    name,
    (draft, statement, complaints) => read(draft.statics, statement, complaints),
  ]),
);
const balancing = ignored<FileDraft>('the router does no load balancing');
const FILE_KEYWORDS: KeywordTable<FileDraft> = {
  global_defs: globalDefinitions,
  vrrp_instance: instance,
  vrrp_sync_group: syncGroup,
  vrrp_script: definition(trackScriptBlock),
  vrrp_track_file: definition(trackFileBlock),
  track_file: definition(trackFileBlock),
  vrrp_track_process: definition(trackProcessBlock),
  track_process: definition(trackProcessBlock),
  ...staticKeywords,
  static_track_group: refused(),
  track_group: refused(),
  interface_up_down_delays: refused(),
  net_namespace: refused('start the router in the namespace: ip netns exec NAME …'),
  net_namespace_ipvs: balancing,
  namespace_with_ipsets: balancing,
  virtual_server: balancing,
  virtual_server_group: balancing,
  SSL: balancing,
  garp_group: (draft, statement, complaints) => garpGroup(draft.announcementGroups, statement, complaints),
  bfd_instance: ignored('the router speaks no BFD'),
  linkbeat_interfaces: ignored('the kernel reports link changes'),
  linkbeat_use_polling: ignored('the kernel reports link changes'),
  instance: ignored('the router writes no pid files'),
  use_pid_dir: ignored('the router writes no pid files'),
  child_wait_time: ignored('the router has no child processes of its own'),
};

/**
 * Reads a keepalived.conf. Never throws for what the text says: errors carry file, line and column, and prevent the
 * configuration; notices say what was ignored or adjusted. Nothing is dropped silently.
 */
export function parseConfiguration(text: string, options: ParseOptions): ConfigurationResult {
  const complaints: Complaints = noComplaints();
  const configurationId = options.configurationId ?? '';
  const lines = preprocess(options.file, text, options.files, { configurationId }, complaints);
  const draft: FileDraft = {
    global: globalDraft(),
    instances: [],
    groups: [],
    definitions: trackDefinitions(),
    statics: staticDraft(),
    announcementGroups: [],
  };
  readBlock(FILE_KEYWORDS, 'a configuration', draft, readStatements(lines, complaints), complaints);
  const names = new Set(draft.instances.map(({ name }) => name.text));
  const syncGroups = resolveGroups(draft.groups, names, complaints);
  const virtualRouters = resolveInstances(draft, options.defaults ?? 'keepalived', complaints);
  const notifyFifos = resolveFifos(draft.global, complaints);
  const statics = resolveStatics(draft.statics, complaints);
  if (draft.instances.length === 0 && complaints.errors.length === 0) {
    complain(complaints, wholeFile(options.file), 'there is no vrrp_instance', 'write vrrp_instance NAME { … }');
  }
  const { errors, notices } = complaints;
  if (errors.length > 0) return { ok: false, errors, notices };
  return {
    ok: true,
    configuration: configurationOf(options.file, draft, { virtualRouters, syncGroups, notifyFifos, ...statics }),
    notices,
  };
}

function configurationOf(
  file: string,
  { global, definitions, announcementGroups }: FileDraft,
  resolved: Pick<RouterConfiguration, 'virtualRouters' | 'syncGroups' | 'notifyFifos'> &
    ReturnType<typeof resolveStatics>,
): RouterConfiguration {
  const tracks = (kind: keyof Tracking) => {
    const names = new Set(resolved.virtualRouters.flatMap(({ tracking }) => tracking[kind].map(({ name }) => name)));
    return ({ name }: Tracked): boolean => names.has(name);
  };
  return {
    file,
    ...(global.routerId === undefined ? {} : { routerId: global.routerId }),
    ...(global.realTimePriority === undefined ? {} : { realTimePriority: global.realTimePriority }),
    ...(global.scriptUser === undefined ? {} : { scriptUser: global.scriptUser }),
    startupDelayNs: global.startupDelayNs,
    scriptSecurity: global.scriptSecurity,
    dynamicInterfaces: global.dynamicInterfaces,
    announcementIntervalNs: global.announcementIntervalNs,
    announcementGroups,
    trackScripts: [...definitions.scripts.values()].filter(tracks('scripts')),
    trackFiles: [...definitions.files.values()].filter(tracks('files')),
    trackProcesses: [...definitions.processes.values()].filter(tracks('processes')),
    ...resolved,
  };
}

function resolveFifos({ fifos }: GlobalDraft, complaints: Complaints): NotifyFifo[] {
  const resolved: NotifyFifo[] = [];
  for (const [keyword, { path, owner, reader }] of fifos) {
    if (path === undefined) {
      complain(complaints, reader!, `${keyword}_script needs ${keyword}`, `add ${keyword} /path/to/fifo`);
      continue;
    }
    if (resolved.some((other) => other.path === path.text))
      complain(complaints, path, `the FIFO ${path.text} is there twice`, 'name another');
    const { file, line, column } = path;
    const fifo = { file, line, column, path: path.text, ...(owner === undefined ? {} : { owner }) };
    resolved.push(reader === undefined ? fifo : { ...fifo, reader });
  }
  return resolved;
}
