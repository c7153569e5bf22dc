// Class groups that the OA has made (facts/zalo-telegram.md §1.9). A group shows everything to every member, so the
// only text that can be written there is one that was made here, from what a teacher tells a whole class.

declare const forGroups: unique symbol;
/** A text without anybody's own matters. `groupText` is the only way to one. */
export type GroupText = string & { readonly [forGroups]: true };

/** What a class notice says to everybody alike. */
export type ToldToClass = { kind: 'classNotice'; title: string; body: string; sender: string | null };

/** Zalo's mentions, `[@id]`: in a text that somebody typed they would ring whomever they name. */
export function withoutMentions(text: string): string {
  let shown = text;
  for (let before = ''; shown !== before; ) {
    before = shown;
    shown = shown.replace(/\[@[^\]]*\]/g, '');
  }
  return shown;
}

/**
 * A class notice for the class's group, in parts.
 * @param cut cuts a text into parts that Zalo takes
 */
export function groupText(
  { title, body, sender }: ToldToClass,
  cut: (text: string) => readonly string[],
): GroupText[] {
  const lines = [title, '', body, ...(sender ? ['', sender] : [])];
  return cut(withoutMentions(lines.join('\n').normalize('NFC')).trim()) as GroupText[];
}
