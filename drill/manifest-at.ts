import { splitDestination } from '../src/domain/builds/staging.js';

/** `repository@digest` of the repository of a destination. */
export function manifestAt(destination: string, digest: string): string {
  return `${splitDestination(destination).repository}@${digest}`;
}
