const BYTE_ORDER: readonly (readonly [string, readonly number[]])[] = [
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];
const DECLARATION_BYTES = 200;

/** The encoding of an XML file that begins with these bytes: by its byte order mark, or as it declares; else UTF-8. */
export function declaredEncoding(start: Uint8Array): string {
  const marked = BYTE_ORDER.find(([, mark]) => mark.every((byte, at) => start[at] === byte));
  if (marked !== undefined) return marked[0];
  const text = Buffer.from(start.subarray(0, DECLARATION_BYTES)).toString('latin1');
  return /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding=["']([^"']{1,40})["']/.exec(text)?.[1] ?? 'utf-8';
}
