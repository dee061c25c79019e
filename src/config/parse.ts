import type { ConfigurationResult, Defaults, RouterConfiguration } from './configuration.ts';
import { GLOBAL_KEYWORDS, type GlobalDraft, globalDraft } from './global.ts';
import { INSTANCE_KEYWORDS, instanceDraft } from './instance.ts';
import { ignored, type Keyword, type KeywordTable, readBlock, refused } from './keyword.ts';
import { type ConfigurationFiles, preprocess } from './preprocess.ts';
import { type Complaints, complain, noComplaints } from './problem.ts';
import { type NamedInstance, resolveInstances, wholeFile } from './resolve.ts';
import { readStatements } from './statement.ts';

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
}

const globalDefinitions: Keyword<FileDraft> = (draft, statement, complaints) => {
  if (statement.block === undefined) complain(complaints, statement.keyword, 'global_defs needs a block');
  else readBlock(GLOBAL_KEYWORDS, 'global_defs', draft.global, statement.block, complaints);
};

const instance: Keyword<FileDraft> = (draft, { keyword, values, block }, complaints) => {
  const [name, surplus] = values;
  if (name === undefined || block === undefined) {
    complain(complaints, keyword, 'vrrp_instance needs a name and a block', 'write vrrp_instance NAME { … }');
    return;
  }
  if (surplus !== undefined)
    complain(complaints, surplus, 'a vrrp_instance has one name', 'quote it, or remove a word');
  const read = instanceDraft();
  readBlock(INSTANCE_KEYWORDS, 'vrrp_instance', read, block, complaints);
  draft.instances.push({ name, draft: read });
};

const balancing = ignored<FileDraft>('the router does no load balancing');
const tracking = refused<FileDraft>('only the link of the interface is tracked');
const FILE_KEYWORDS: KeywordTable<FileDraft> = {
  global_defs: globalDefinitions,
  vrrp_instance: instance,
  vrrp_sync_group: refused('each virtual router is on its own'),
  vrrp_script: tracking,
  vrrp_track_file: tracking,
  track_file: tracking,
  vrrp_track_process: tracking,
  track_process: tracking,
  static_ipaddress: refused('configure it before the router starts'),
  static_routes: refused('configure it before the router starts'),
  static_rules: refused('configure it before the router starts'),
  static_track_group: refused(),
  track_group: refused(),
  interface_up_down_delays: refused(),
  net_namespace: refused('start the router in the namespace: ip netns exec NAME …'),
  net_namespace_ipvs: balancing,
  namespace_with_ipsets: balancing,
  virtual_server: balancing,
  virtual_server_group: balancing,
  SSL: balancing,
  garp_group: refused(),
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
  const draft: FileDraft = { global: globalDraft(), instances: [] };
  readBlock(FILE_KEYWORDS, 'a configuration', draft, readStatements(lines, complaints), complaints);
  const virtualRouters = resolveInstances(draft.instances, draft.global, options.defaults ?? 'keepalived', complaints);
  if (draft.instances.length === 0 && complaints.errors.length === 0) {
    complain(complaints, wholeFile(options.file), 'there is no vrrp_instance', 'write vrrp_instance NAME { … }');
  }
  const { errors, notices } = complaints;
  if (errors.length > 0) return { ok: false, errors, notices };
  return { ok: true, configuration: configurationOf(options.file, draft.global, virtualRouters), notices };
}

function configurationOf(
  file: string,
  global: GlobalDraft,
  virtualRouters: RouterConfiguration['virtualRouters'],
): RouterConfiguration {
  return {
    file,
    ...(global.routerId === undefined ? {} : { routerId: global.routerId }),
    ...(global.realTimePriority === undefined ? {} : { realTimePriority: global.realTimePriority }),
    ...(global.scriptUser === undefined ? {} : { scriptUser: global.scriptUser }),
    startupDelayNs: global.startupDelayNs,
    scriptSecurity: global.scriptSecurity,
    announcementIntervalNs: global.announcementIntervalNs,
    virtualRouters,
  };
}
