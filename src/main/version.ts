import { readFileSync } from 'node:fs';

/** The version in package.json, which lies above the sources and above what is compiled from them. */
export function readVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
        version?: string;
      };
      if (version !== undefined) return version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
