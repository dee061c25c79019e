import type {
  AnnouncementGroup,
  NotifyFifo,
  RouterConfiguration,
  SyncGroup,
  Tracked,
  TrackFile,
  TrackProcess,
  TrackScript,
} from './configuration.ts';
import { addressText, blockUnlessEmpty, instanceLines, notifyLines, scriptText } from './print-instance.ts';
import { routeText, ruleText } from './print-routing.ts';
import { block, commandText, optional, secondsText, userText, wordText } from './print-text.ts';

/**
 * A configuration as text, every default written out: read again with keepalived's defaults it is the same, but for
 * places. What is ignored, and scripts, files and processes that nothing tracks, are not in it.
 */
export function printConfiguration(configuration: RouterConfiguration): string {
  const blocks = [
    block('global_defs', globalLines(configuration)),
    ...configuration.announcementGroups.map(announcementGroupLines),
    blockUnlessEmpty(
      'static_ipaddress',
      configuration.staticAddresses.map((one) => addressText(one, one.device)),
    ),
    blockUnlessEmpty('static_routes', configuration.staticRoutes.map(routeText)),
    blockUnlessEmpty('static_rules', configuration.staticRules.map(ruleText)),
    ...configuration.trackScripts.map(trackScriptLines),
    ...configuration.trackFiles.map(trackFileLines),
    ...configuration.trackProcesses.map(trackProcessLines),
    ...configuration.syncGroups.map((group) => syncGroupLines(group, configuration)),
    ...configuration.virtualRouters.map((router) => instanceLines(router, configuration)),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function globalLines(configuration: RouterConfiguration): string[] {
  const { announcementIntervalNs, scriptUser, scriptSecurity, notifyFifos } = configuration;
  return [
    ...optional('router_id', configuration.routerId, wordText),
    ...optional('vrrp_rt_priority', configuration.realTimePriority, String),
    ...unlessZero('vrrp_startup_delay', configuration.startupDelayNs),
    ...unlessZero('vrrp_garp_interval', announcementIntervalNs.ipv4),
    ...unlessZero('vrrp_gna_interval', announcementIntervalNs.ipv6),
    ...optional('script_user', scriptUser, userText),
    ...(scriptSecurity ? ['enable_script_security'] : []),
    ...(configuration.dynamicInterfaces ? ['dynamic_interfaces'] : []),
    ...notifyFifos.flatMap((fifo, index) => fifoLines(fifo, index === 0 ? 'vrrp_notify_fifo' : 'notify_fifo')),
  ];
}

/** keepalived takes no 0 here: the keyword is left out. */
function unlessZero(keyword: string, valueNs: number): string[] {
  return valueNs === 0 ? [] : [`${keyword} ${secondsText(valueNs)}`];
}

function fifoLines({ path, owner, reader }: NotifyFifo, keyword: string): string[] {
  const words = [wordText(path), ...(owner === undefined ? [] : [userText(owner)])];
  return [`${keyword} ${words.join(' ')}`, ...optional(`${keyword}_script`, reader, scriptText)];
}

function announcementGroupLines({ interfaces, pauseNs }: AnnouncementGroup): string[] {
  return block('garp_group', [
    ...unlessZero('garp_interval', pauseNs.ipv4),
    ...unlessZero('gna_interval', pauseNs.ipv6),
    ...block('interfaces', interfaces.map(wordText)),
  ]);
}

function weightText({ weight, reverse }: Tracked): string {
  return `weight ${weight}${reverse ? ' reverse' : ''}`;
}

function trackScriptLines(definition: TrackScript): string[] {
  return block(`vrrp_script ${wordText(definition.name)}`, [
    `script ${commandText(definition.script)}`,
    ...optional('user', definition.script.user, userText),
    `interval ${secondsText(definition.intervalNs)}`,
    `timeout ${secondsText(definition.timeoutNs)}`,
    `rise ${definition.rise}`,
    `fall ${definition.fall}`,
    weightText(definition),
    ...(definition.initiallyFailed ? ['init_fail'] : []),
  ]);
}

function trackFileLines(definition: TrackFile): string[] {
  const { initial } = definition;
  return block(`track_file ${wordText(definition.name)}`, [
    `file ${wordText(definition.path)}`,
    weightText(definition),
    ...optional('init_file', initial, ({ value, overwrite }) => `${value}${overwrite ? ' overwrite' : ''}`),
  ]);
}

function trackProcessLines(definition: TrackProcess): string[] {
  const { quorumMaximum } = definition;
  return block(`vrrp_track_process ${wordText(definition.name)}`, [
    `process ${definition.command.map(wordText).join(' ')}`,
    ...optional('param_match', definition.parameterMatch, String),
    weightText(definition),
    ...(definition.quorum === 0 ? [] : [`quorum ${definition.quorum}`]),
    ...optional('quorum_max', quorumMaximum, String),
    `fork_delay ${secondsText(definition.upDelayNs)}`,
    `terminate_delay ${secondsText(definition.downDelayNs)}`,
    ...(definition.fullCommand ? ['full_command'] : []),
  ]);
}

/** What a group tracks is written in its members, whose weights count then. */
function syncGroupLines(group: SyncGroup, { virtualRouters }: RouterConfiguration): string[] {
  const weighted = virtualRouters
    .filter(({ name }) => group.members.includes(name))
    .some(({ tracking }) =>
      Object.values(tracking)
        .flat()
        .some(({ weight }: Tracked) => weight !== 0),
    );
  return block(`vrrp_sync_group ${wordText(group.name)}`, [
    ...block('group', group.members.map(wordText)),
    ...(weighted ? ['sync_group_tracking_weight'] : []),
    ...notifyLines(group.notify),
  ]);
}
