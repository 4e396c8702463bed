/**
 * Whether a text begins with the first part, ends with the last, and has the others in between, in their order; anything may stand
 * between them. Of two parts at least. In time linear in both.
 */
export function hasPartsInOrder(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}
