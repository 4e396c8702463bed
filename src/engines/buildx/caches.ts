import { posix } from 'node:path';
import { parseCache } from '../../domain/builds/cache.js';
import { KilnError } from '../../domain/errors.js';
import { type ImageReference, parseReference } from '../../domain/images/reference.js';
import type { PlanInput } from '../../ports/engine.js';
import type { CachePatience, LocalExport, LocalImport, RemoteImport } from './order.js';
import type { BuildxOptions } from './schema.js';
import { attribute } from '../dockerfile/attribute.js';
import { isPlainHttp, target } from './attributes.js';

export const PATIENCE: CachePatience = { answerMs: 10_000, silentMs: 60_000, totalMs: 15 * 60_000 };

/** What of a plan caches make. */
export interface CachePlan {
  readonly args: readonly string[];
  /** Those of them that read caches in registries behind a proxy, which answers for them. */
  readonly readArgs: readonly string[];
  readonly imports: readonly LocalImport[];
  readonly remoteImports: readonly RemoteImport[];
  readonly exports: readonly LocalExport[];
  /** Whether something beside buildctl has to see to them. */
  readonly needsLauncher: boolean;
}

type Input = Pick<
  PlanInput<BuildxOptions>,
  'options' | 'host' | 'workFolder' | 'storageFolder' | 'projectId'
>;

/**
 * The caches of a build. A local one is a folder of the project in the host's storage: it is read from a copy and written beside, so that
 * builds of the project which run at once leave each other's alone.
 */
export function planCaches(input: Input): CachePlan {
  const { options, host } = input;
  const readArgs: string[] = [];
  const args: string[] = [];
  const imports: LocalImport[] = [];
  const remoteImports: RemoteImport[] = [];
  const exports: LocalExport[] = [];
  const isProxied = Object.keys(host.proxyVariables).length > 0;
  for (const text of options.cache_from) {
    const cache = parseCache(text);
    if (cache.type === 'registry') {
      const importArgs = ['--import-cache', inRegistry(cache.ref, host)];
      if (isProxied) readArgs.push(...importArgs);
      else remoteImports.push({ ...serverOf(parseReference(cache.ref), host), args: importArgs });
    }
    if (cache.type !== 'local') continue;
    const copy = posix.join(input.workFolder, `cache-read-${imports.length}`);
    const importArgs = ['--import-cache', `type=local,src=${attribute(copy)}`];
    imports.push({ cache: folderOf(cache.name, input), copy, args: importArgs });
  }
  args.push(...readArgs);
  for (const text of [options.cache_to].flat()) {
    const cache = parseCache(text);
    if (cache.type === 'inline') args.push('--export-cache', 'type=inline');
    if (cache.type === 'registry')
      args.push('--export-cache', `${inRegistry(cache.ref, host)},${WHOLE},ignore-error=true`);
    if (cache.type !== 'local') continue;
    const written = posix.join(input.workFolder, `cache-written-${exports.length}`);
    args.push('--export-cache', `type=local,dest=${attribute(written)},${WHOLE},ignore-error=true`);
    exports.push({ name: cache.name, written, cache: folderOf(cache.name, input) });
  }
  const writes = args.some((arg) => arg.endsWith('ignore-error=true'));
  const needsLauncher = writes || imports.length > 0 || remoteImports.length > 0;
  return { args, readArgs, imports, remoteImports, exports, needsLauncher };
}

function serverOf(image: ImageReference, host: PlanInput['host']): Omit<RemoteImport, 'args'> {
  const registry = image.domain ?? 'docker.io';
  const { hostname, port } = new URL(
    `http://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}`,
  );
  const standard = isPlainHttp(image, host) ? 80 : 443;
  // An IPv6 address has brackets in a URL.
  return { registry, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? standard : Number(port) };
}

const WHOLE = 'mode=max,image-manifest=true,oci-mediatypes=true';

function inRegistry(ref: string, host: PlanInput['host']): string {
  return `type=registry,${target('ref', parseReference(ref), host)}`;
}

function folderOf(name: string, { storageFolder, projectId }: Input): string {
  if (projectId !== undefined) return posix.join(storageFolder, projectId, name);
  throw new KilnError('internal', { detail: 'the project of the build is not known' });
}
