import { posix } from 'node:path';
import type { ContextList } from '../domain/contexts/context-list.js';
import type { ContextFile } from '../domain/contexts/entry.js';
import { followLinks } from '../domain/contexts/paths.js';
import { KilnError } from '../domain/errors.js';
import { parseContextPath } from '../domain/images/context-path.js';
import type { AcceptanceDeps } from './deps.js';
import { openContent } from './open-content.js';

const MAX_DOCKERFILE_BYTES = 1024 * 1024;
const MAX_CANDIDATES = 5;

/** The file that a path leads to inside a context, through its links; null when there is none. */
export function findFile(list: ContextList, path: string): ContextFile | null {
  const reached = followLinks(parseContextPath(path), list.links);
  const found = reached === null ? undefined : list.entries.find((entry) => entry.path === reached);
  return found?.kind === 'file' ? found : null;
}

/** The text of a file of a context. `not_found` when its content is not here. */
export async function readText(
  deps: Pick<AcceptanceDeps, 'contents' | 'files'>,
  tenantId: string,
  file: ContextFile,
): Promise<string> {
  if (file.size === 0) return '';
  const parts: Uint8Array[] = [];
  for await (const part of await openContent(deps, tenantId, file.sha256)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/**
 * The text of a Dockerfile inside a context. Like BuildKit it takes `dockerfile` where `Dockerfile` is asked for and missing. Raises
 * `dockerfile_missing` with near candidates, `dockerfile_invalid` for one that is none by its size, `path_escapes_context`.
 */
export async function readDockerfile(
  deps: Pick<AcceptanceDeps, 'contents' | 'files'>,
  tenantId: string,
  list: ContextList,
  path: string,
): Promise<string> {
  const wanted: string = parseContextPath(path);
  const inLowerCase = posix.join(posix.dirname(wanted), 'dockerfile');
  const file =
    findFile(list, wanted) ?? (posix.basename(wanted) === 'Dockerfile' ? findFile(list, inLowerCase) : null);
  if (file === null) throw missing(wanted, list);
  if (file.size > MAX_DOCKERFILE_BYTES) {
    throw new KilnError('dockerfile_invalid', {
      message: `${wanted} is larger than ${MAX_DOCKERFILE_BYTES} bytes.`,
    });
  }
  return readText(deps, tenantId, file);
}

function missing(wanted: string, list: ContextList): KilnError {
  const near = list.entries.filter(
    ({ path, kind }) => kind === 'file' && /dockerfile/i.test(posix.basename(path)),
  );
  const names = near.slice(0, MAX_CANDIDATES).map(({ path }) => path);
  const hint = names.length === 0 ? '' : ` It has ${names.join(', ')}.`;
  return new KilnError('dockerfile_missing', {
    message: `There is no ${wanted.slice(0, 200)} in the build context.${hint} Name the Dockerfile with "dockerfile" (--file).`,
  });
}
