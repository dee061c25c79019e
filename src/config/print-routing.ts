import { optional } from './print-text.ts';
import type { ConfiguredRoute, ConfiguredRule, Prefix } from './routing-configuration.ts';

/** An entry of virtual_routes or static_routes. */
export function routeText(route: ConfiguredRoute): string {
  return [
    ...(route.type === 'unicast' ? [] : [route.type]),
    prefixText(route.destination),
    ...optional('via', route.gateway, String),
    ...optional('dev', route.device, String),
    ...optional('src', route.source, String),
    ...optional('metric', route.metric, String),
    ...optional('table', route.table, String),
    ...optional('scope', route.scope, String),
    ...optional('mtu', route.mtu, String),
    ...(route.onLink ? ['onlink'] : []),
  ].join(' ');
}

/** An entry of virtual_rules or static_rules. */
export function ruleText(rule: ConfiguredRule): string {
  const { mark } = rule;
  return [
    ...(rule.inverted ? ['not'] : []),
    rule.family === 4 ? 'inet' : 'inet6',
    ...optional('from', rule.source, prefixText),
    ...optional('to', rule.destination, prefixText),
    ...optional('iif', rule.inputInterface, String),
    ...optional('oif', rule.outputInterface, String),
    ...optional('fwmark', mark, ({ value, mask }) => (mask === undefined ? `${value}` : `${value}/${mask}`)),
    ...optional('priority', rule.priority, String),
    ...optional('suppress_prefixlength', rule.suppressPrefixLength, String),
    ...optional('table', rule.table, String),
    ...(rule.action === 'table' ? [] : [rule.action]),
  ].join(' ');
}

function prefixText({ address, prefixLength }: Prefix): string {
  return `${address}/${prefixLength}`;
}
