import { useMemo } from 'preact/hooks';
import type { PageFinding, PageFrame, PageStep, PageStory } from './data.ts';
import { describeFrame, type FrameDescription } from './describe-frame.ts';
import { FramePanel } from './frame-panel.tsx';
import { octetsOf } from './octets.ts';
import { Timeline } from './timeline.tsx';

/** A frame with what it says, and what it breaks. */
export interface TellingFrame {
  readonly frame: PageFrame;
  readonly description: FrameDescription;
  readonly broken: readonly PageFinding[];
}

interface StoryProperties {
  readonly story: PageStory;
  readonly findings: readonly PageFinding[];
  readonly steps: readonly PageStep[];
  readonly chosen: number | undefined;
  readonly choose: (frame: number | undefined) => void;
}

/** The timeline of one play, and the frame that was chosen in it. */
export function Story({ story, findings, steps, chosen, choose }: StoryProperties) {
  const frames = useMemo(() => story.frames.map((frame) => tell(frame, findings)), [story, findings]);
  const index = frames.findIndex(({ frame }) => frame.number === chosen);
  const go = (to: number) => choose(frames[to]?.frame.number ?? chosen);
  return (
    <>
      <Timeline story={story} frames={frames} steps={steps} chosen={chosen} choose={choose} />
      <p class="key dim">
        <span>
          <i style="background:var(--bar)" />
          Active
        </span>
        <span>
          <i style="background:var(--line)" />
          its process runs
        </span>
        <span>
          <i style="background:var(--fail);opacity:.4" />
          no answers
        </span>
        <span>
          <i style="background:var(--warn);opacity:.4" />
          the host let somebody wait
        </span>
        <span>| advertisement</span>
        <span class="warning">▼ priority 0</span>
        <span class="pass">● announcement</span>
        <span>○ question, answer, other</span>
        <span class="fail">red: it breaks a rule</span>
      </p>
      {story.left > 0 && (
        <p class="dim">
          {story.left} more frames are in capture.pcapng: packets of probes, and advertisements among many alike
        </p>
      )}
      {chosen !== undefined && (
        <FramePanel
          told={frames[index]}
          number={chosen}
          lane={story.lanes[frames[index]?.frame.lane ?? -1]?.name}
          before={index > 0 ? () => go(index - 1) : undefined}
          after={index >= 0 && index < frames.length - 1 ? () => go(index + 1) : undefined}
          close={() => choose(undefined)}
        />
      )}
    </>
  );
}

function tell(frame: PageFrame, findings: readonly PageFinding[]): TellingFrame {
  const bytes = octetsOf(frame);
  return {
    frame,
    description: describeFrame(bytes, frame.linkType, frame.length),
    broken: findings.filter(({ verdict, frames }) => isBad(verdict) && frames.includes(frame.number)),
  };
}

function isBad(verdict: PageFinding['verdict']): boolean {
  return verdict === 'fail' || verdict === 'warning';
}
