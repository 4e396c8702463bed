import { hasPartsInOrder } from '../parts-in-order.js';

/** The longest tag that the OCI specification allows; a pattern need not be longer. */
export const MAX_PATTERN_LENGTH = 128;

/** Letters, digits, `_`, `.`, `-` as in a tag, and `*`. */
export function isTagPattern(pattern: string): boolean {
  return new RegExp(`^[\\w.*-]{1,${MAX_PATTERN_LENGTH}}$`).test(pattern);
}

/** Whether a tag is as the pattern says; `*` stands for any text, also for none. In time linear in both. */
export function tagMatches(pattern: string, tag: string): boolean {
  const parts = pattern.split('*');
  return parts.length === 1 ? tag === pattern : hasPartsInOrder(tag, parts);
}
