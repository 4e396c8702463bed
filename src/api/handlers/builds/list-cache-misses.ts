import type { listCacheMisses as operation } from '../../../contracts/build-record-operations.js';
import { uncachedInstructions } from '../../../contracts/effective-build.js';
import { asksForFiles, type ComparedBuild, explainMisses } from '../../../domain/builds/cache-miss.js';
import { cacheMissText } from '../../../domain/builds/cache-miss-text.js';
import type { ContextEntry } from '../../../domain/contexts/entry.js';
import { KilnError } from '../../../domain/errors.js';
import type { CacheFacts } from '../../../ports/cache-facts.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import { readStoredList } from '../../contexts/stored-list.js';
import type { ApiDeps } from '../../deps.js';

type Deps = Pick<ApiDeps, 'builds' | 'contents' | 'files'>;

export function listCacheMisses(deps: Deps): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const { now, before } = await deps.builds.cacheFacts(caller, params.build);
    const filesOf = before !== null && asksForFiles(now) ? readFiles : () => Promise.resolve(null);
    const withFiles = async ({
      uploadSha256,
      contextFolder,
      method: _method,
      ...build
    }: CacheFacts): Promise<ComparedBuild> => ({
      ...build,
      files: uploadSha256 === null ? null : await filesOf(deps, caller, uploadSha256, contextFolder),
    });
    const misses = explainMisses(
      await withFiles(now),
      before === null ? null : await withFiles(before),
      uncachedInstructions(now.method),
    );
    return {
      status: 200,
      body: {
        items: [...misses].map(([step, miss]) => ({
          step_number: step,
          reason: miss.kind,
          message: cacheMissText(miss),
        })),
      },
    };
  };
}

/** The files below the context's folder; null for a list that is not kept any more. */
async function readFiles(
  deps: Deps,
  { tenantId }: TenantContext,
  sha256: string,
  folder: string,
): Promise<ReadonlyMap<string, string> | null> {
  const start = folder === '.' ? '' : `${folder.replace(/^\.\//, '').replace(/\/$/, '')}/`;
  try {
    const { entries } = await readStoredList(deps, tenantId, sha256);
    return new Map(
      entries.flatMap((entry) =>
        entry.kind !== 'folder' && entry.path.startsWith(start)
          ? [[entry.path.slice(start.length), knownBy(entry)] as const]
          : [],
      ),
    );
  } catch (error) {
    if (error instanceof KilnError && error.code === 'not_found') return null;
    throw error;
  }
}

/** What a cache of layers knows a file by: content and mode, not its time. */
function knownBy(entry: ContextEntry): string {
  if (entry.kind === 'link') return `-> ${entry.target}`;
  return entry.kind === 'file' ? `${entry.sha256} ${entry.mode}` : '';
}
