import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Fault } from './fault.js';

/**
 * order.toml with one group: these buildpacks (ID or ID@VERSION) in this order, as the builder whose root file system is in `root` has
 * them. Raises a fault for one that it has not, or has in several versions of which none is named.
 */
export function orderFile(buildpacks: readonly string[], root: string): string {
  const groups = buildpacks.map((named) => {
    const [id = '', version] = named.split('@');
    return [
      '[[order.group]]',
      `id = ${JSON.stringify(id)}`,
      `version = ${JSON.stringify(versionOf(root, id, version))}`,
    ];
  });
  return ['[[order]]', ...groups.flat(), ''].join('\n');
}

function versionOf(root: string, id: string, wanted: string | undefined): string {
  const versions = namesIn(path.join(root, 'cnb/buildpacks', id.replaceAll('/', '_')));
  if (versions.length === 0) {
    const all = namesIn(path.join(root, 'cnb/buildpacks')).map((name) => name.replaceAll('_', '/'));
    throw new Fault('invalid_request', `The builder has no buildpack ${id}; it has ${listed(all)}.`);
  }
  if (wanted === undefined && versions.length > 1)
    throw new Fault(
      'invalid_request',
      `The builder has ${id} in several versions: write it as ${versions.map((version) => `${id}@${version}`).join(' or ')}.`,
    );
  const found = wanted ?? versions[0] ?? '';
  if (versions.includes(found)) return found;
  throw new Fault(
    'invalid_request',
    `The builder has no buildpack ${id}@${found}; it has ${listed(versions)}.`,
  );
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.slice(0, 50).join(', ');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
