/** A place in the page that an address can name: `#power-off/v3-ipv4/native@91` is frame 91 of that scenario. */
export interface Place {
  readonly scenario: string;
  readonly frame?: number;
}

/** The place that an address names behind its `#`; undefined where it names none. */
export function placeOf(hash: string): Place | undefined {
  const match = /^#(.+?)(?:@(\d{1,10}))?$/.exec(hash);
  if (match === null) return undefined;
  const [, scenario = '', frame] = match;
  try {
    return { scenario: decodeURIComponent(scenario), ...(frame === undefined ? {} : { frame: Number(frame) }) };
  } catch {
    return undefined;
  }
}

/** What names a place behind an address. */
export function hashOf({ scenario, frame }: Place): string {
  return `#${scenario.split('/').map(encodeURIComponent).join('/')}${frame === undefined ? '' : `@${frame}`}`;
}
