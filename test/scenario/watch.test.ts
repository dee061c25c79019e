import { describe, expect, it } from 'vitest';
import { MILLISECOND } from '../../src/capture/time.ts';
import type { Condition } from '../../src/scenario/plan.ts';
import { createWatch, markOf } from '../../src/scenario/watch.ts';
import { tellStory } from './story.ts';

/** Something is done at 1000 ms, when the advertisement of 999 ms has not been handed on yet. */
function watchFrom(condition: Condition) {
  const story = tellStory();
  const watch = createWatch(condition, story.sightings, markOf(story.sightings, 1000 * MILLISECOND), 1);
  story.advertises(999, 'r1');
  return { story, reached: (timeMs: number) => watch.reached(timeMs * MILLISECOND) };
}

describe('what was sent before something was done, and is handed on after it', () => {
  it('does not make a router Active', () => {
    const { story, reached } = watchFrom({ kind: 'active', router: 'r1' });
    expect(reached(1010)).toBe(false);
    story.advertises(1100, 'r1');
    expect(reached(1110)).toBe(true);
  });

  it('is not counted', () => {
    const { story, reached } = watchFrom({ kind: 'advertisement', from: 'r1', count: 1 });
    expect(reached(1010)).toBe(false);
    story.advertises(1100, 'r1');
    expect(reached(1110)).toBe(true);
  });
});
