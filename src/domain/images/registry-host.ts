const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/**
 * Whether a registry is spoken to in plain HTTP: the operator listed it, or it is on the loopback interface (the rule
 * that container engines follow).
 */
export function isInsecureRegistry(host: string, listed: readonly string[]): boolean {
  return listed.includes(host) || LOOPBACK.test(host);
}
