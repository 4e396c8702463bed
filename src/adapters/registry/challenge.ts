/** What a registry asks for in WWW-Authenticate (RFC 9110, distribution token specification). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string | null;
      readonly scope: string | null;
    };

/** Reads the header; null when it names no scheme that Kiln speaks. */
export function parseChallenge(header: string | null): Challenge | null {
  if (header === null) return null;
  const bearer = /(?:^|,)\s*bearer\s+(.*)/i.exec(header);
  if (bearer !== null) {
    const parameters = readParameters(bearer[1] ?? '');
    const realm = parameters.get('realm');
    if (realm === undefined) return null;
    const service = parameters.get('service') ?? null;
    return { scheme: 'bearer', realm, service, scope: parameters.get('scope') ?? null };
  }
  return /(?:^|,)\s*basic(?:\s|$)/i.test(header) ? { scheme: 'basic' } : null;
}

function readParameters(text: string): Map<string, string> {
  const pairs = text.matchAll(/([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi);
  return new Map(
    [...pairs].map(([, key = '', quoted, bare]) => [
      key.toLowerCase(),
      (quoted ?? bare ?? '').replace(/\\(.)/g, '$1'),
    ]),
  );
}
