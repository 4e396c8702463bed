import { parseGitUrl } from '../builds/git-url.js';

/**
 * Whether one of the addresses is that of a repository, however each is written: https or ssh, with or without `.git`, a port, a user or
 * a slash at the end, in any case. Providers take the names of repositories in any case, and their ports differ between https and ssh.
 */
export function isSameRepository(url: string, others: readonly string[]): boolean {
  const own = canonicalRepository(url);
  return own !== null && others.some((other) => canonicalRepository(other) === own);
}

/** `host/path` of a repository in lower case; null for what is no address of one. */
export function canonicalRepository(url: string): string | null {
  const path = (text: string): string => text.replace(/^\//, '').replace(/\.git$/, '');
  try {
    const remote = parseGitUrl(url.trim().toLowerCase());
    return `${remote.host}/${path(remote.path)}`;
  } catch {
    return null;
  }
}
