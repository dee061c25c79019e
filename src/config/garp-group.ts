import type { AnnouncementGroup } from './configuration.ts';
import { isInterfaceName } from './interface-name.ts';
import { entries, type Keyword, type KeywordTable, quoted, readBlock, seconds, word } from './keyword.ts';
import { type Complaints, complain } from './problem.ts';
import type { Word } from './words.ts';

interface GroupDraft {
  ipv4Ns: number;
  ipv6Ns: number;
  readonly interfaces: Word[];
}

const GROUP_KEYWORDS: KeywordTable<GroupDraft> = {
  garp_interval: seconds(0, 10, (draft, value) => {
    draft.ipv4Ns = value;
  }),
  gna_interval: seconds(0, 10, (draft, value) => {
    draft.ipv6Ns = value;
  }),
  interface: word((draft, value) => {
    draft.interfaces.push(value);
  }),
  interfaces: entries((draft, words) => {
    draft.interfaces.push(...words);
  }),
};

/** `garp_group { garp_interval N gna_interval N interface NAME }`, or several `interfaces { … }`. */
export const garpGroup: Keyword<AnnouncementGroup[]> = (groups, { keyword, values, block }, complaints) => {
  if (block === undefined || values.length > 0) {
    complain(complaints, keyword, 'garp_group needs a block and no name', 'write garp_group { … }');
    return;
  }
  const draft: GroupDraft = { ipv4Ns: 0, ipv6Ns: 0, interfaces: [] };
  readBlock(GROUP_KEYWORDS, 'garp_group', draft, block, complaints);
  if (draft.interfaces.length === 0) complain(complaints, keyword, 'garp_group needs interface', 'add interface NAME');
  checkInterfaces(draft.interfaces, groups, complaints);
  const { file, line, column } = keyword;
  const interfaces = draft.interfaces.map(({ text }) => text);
  groups.push({ file, line, column, interfaces, pauseNs: { ipv4: draft.ipv4Ns, ipv6: draft.ipv6Ns } });
};

function checkInterfaces(names: readonly Word[], groups: readonly AnnouncementGroup[], complaints: Complaints): void {
  const taken = new Set(groups.flatMap(({ interfaces }) => interfaces));
  for (const name of names) {
    if (!isInterfaceName(name.text))
      complain(complaints, name, `${quoted(name.text)} cannot be the name of an interface`);
    if (taken.has(name.text)) complain(complaints, name, `${name.text} is in a garp_group already`, 'remove one');
    taken.add(name.text);
  }
}
