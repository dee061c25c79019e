import { describe, expect, it } from 'vitest';
import { fillIn } from '../../src/implementations/template.ts';

const VALUES = {
  router: 'r1',
  preempt: false,
  'preempt-delay-s': undefined,
  'virtual-routers': [
    { id: 51, addresses: [{ address: '192.0.2.101' }, { address: '192.0.2.102' }] },
    { id: 52, addresses: [] },
  ],
};

describe('a template', () => {
  it('has values, lists in lists, and the names of what is around', () => {
    const template =
      '{{#virtual-routers}}{{router}} {{id}}:{{#addresses}} {{id}}/{{address}}{{/addresses}};{{/virtual-routers}}';
    expect(fillIn(template, VALUES)).toBe('r1 51: 51/192.0.2.101 51/192.0.2.102;r1 52:;');
  });

  it('has what is there where something is so, and where it is not', () => {
    expect(fillIn('{{#preempt}}yes{{/preempt}}{{^preempt}}no{{/preempt}}', VALUES)).toBe('no');
    expect(fillIn('{{#preempt-delay-s}}delay {{preempt-delay-s}}{{/preempt-delay-s}}', VALUES)).toBe('');
  });

  it('leaves no empty line for a line that only begins or ends something', () => {
    const template = 'begin\n{{#virtual-routers}}\n  id {{id}}\n{{/virtual-routers}}\nend\n';
    expect(fillIn(template, VALUES)).toBe('begin\n  id 51\n  id 52\nend\n');
  });

  it.each([
    ['{{routr}}', '{{routr}} is not known here; there are router, preempt, preempt-delay-s, virtual-routers'],
    ['a\n{{virtual-routers}}', 'line 2: virtual-routers is a list: {{#virtual-routers}} … {{/virtual-routers}}'],
    ['{{#preempt}}', '{{#preempt}} does not end: {{/preempt}} is missing'],
    ['a {{/preempt}}', 'line 1: {{/preempt}} ends what has not begun'],
  ])('%j is refused', (template, message) => {
    expect(() => fillIn(template, VALUES)).toThrow(message);
  });
});
