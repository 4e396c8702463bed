/** The longest tag that the OCI specification allows; a pattern need not be longer. */
export const MAX_PATTERN_LENGTH = 128;

/** Letters, digits, `_`, `.`, `-` as in a tag, and `*`. */
export function isTagPattern(pattern: string): boolean {
  return new RegExp(`^[\\w.*-]{1,${MAX_PATTERN_LENGTH}}$`).test(pattern);
}

/** Whether a tag is as the pattern says; `*` stands for any text, also for none. In time linear in both. */
export function tagMatches(pattern: string, tag: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (!tag.startsWith(first)) return false;
  if (rest.length === 0) return tag === first;
  const last = rest.pop() ?? '';
  let from = first.length;
  for (const part of rest) {
    const at = tag.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return tag.length - last.length >= from && tag.endsWith(last);
}
