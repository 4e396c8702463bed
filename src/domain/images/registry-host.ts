import { parseReference } from './reference.js';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/**
 * Whether a registry is spoken to in plain HTTP: the operator listed it, or it is on the loopback interface (the rule
 * that container engines follow). One with a certificate of its own (`secured`) speaks TLS wherever it is.
 */
export function isInsecureRegistry(
  host: string,
  listed: readonly string[],
  secured: readonly string[] = [],
): boolean {
  return !secured.includes(host) && (listed.includes(host) || LOOPBACK.test(host));
}

/** The registry (`host[:port]`) of an image; Docker Hub where it names none, null for what is no reference. */
export function registryOf(image: string): string | null {
  try {
    return parseReference(image).domain ?? 'docker.io';
  } catch {
    return null;
  }
}
