/** `scheme://user:password@`, also with an `@` in the password, which people forget to encode. */
const USER_INFO = /[a-z][a-z0-9+.-]*:\/\/[^\s/?#:@"']*:([^\s/?#"']+)@/gi;

/** The passwords of all addresses in a text, as they stand there and decoded. */
export function addressPasswords(text: string): string[] {
  return [...text.matchAll(USER_INFO)].flatMap(([, written = '']) => [
    ...new Set([written, decoded(written)]),
  ]);
}

function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
