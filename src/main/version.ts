import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, which lies above the sources and above what is compiled from them. */
function installedFolder(): URL {
  const [above, wayAbove] = ['../../', '../../../'].map((path) => new URL(path, import.meta.url)) as [
    URL,
    URL,
  ];
  return existsSync(new URL('package.json', above)) ? above : wayAbove;
}

/** The version in package.json; `unknown` when there is none. */
export function readVersion(): string {
  try {
    const text = readFileSync(new URL('package.json', installedFolder()), 'utf8');
    return (JSON.parse(text) as { version?: string }).version ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** The folder of the files that browsers load. */
export function webFolder(): string {
  return fileURLToPath(new URL('web', installedFolder()));
}
