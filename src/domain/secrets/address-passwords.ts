/** `scheme://user:password@`, also with an `@` in the password, which people forget to encode. */
const USER_INFO = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/?#:@"']*:([^\s/?#"']+)@/gi;

/** The passwords of all addresses in a text, as they stand there and decoded. */
export function addressPasswords(text: string): string[] {
  return [...text.matchAll(USER_INFO)].flatMap(([, written = '']) => [
    ...new Set([written, decoded(written)]),
  ]);
}

/** `user:password@host/`, as people write it before an image; `app:1@sha256:…` has nothing behind a slash. */
const BEFORE_IMAGE = /^["']?[^\s/?#:@"']*:([^\s/?#"']+)@[^\s/@]+\//;

/** The passwords in a name of an image, which no builder takes and each repeats in its refusal. */
export function imagePasswords(name: string): string[] {
  const [, written] = BEFORE_IMAGE.exec(name) ?? [];
  return written === undefined ? addressPasswords(name) : [...new Set([written, decoded(written)])];
}

function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
