import { posix } from 'node:path';
import type { listCacheMisses as operation } from '../../../contracts/build-record-operations.js';
import { cacheRules } from '../../../contracts/effective-build.js';
import { asksForFiles, type ComparedBuild, explainMisses } from '../../../domain/builds/cache-miss.js';
import { cacheMissText } from '../../../domain/builds/cache-miss-text.js';
import type { ContextList } from '../../../domain/contexts/context-list.js';
import type { ContextEntry } from '../../../domain/contexts/entry.js';
import { KilnError } from '../../../domain/errors.js';
import type { CacheFacts } from '../../../ports/cache-facts.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import { readDockerfile } from '../../../acceptance/read-text.js';
import { readStoredList } from '../../../acceptance/stored-list.js';
import type { ApiDeps } from '../../deps.js';

type Deps = Pick<ApiDeps, 'builds' | 'contents' | 'files'>;

export function listCacheMisses(deps: Deps): Handler<typeof operation> {
  return async ({ caller, params }) => {
    const { now, before } = await deps.builds.cacheFacts(caller, params.build);
    const isAsked = before !== null && asksForFiles(now);
    const complete = async (facts: CacheFacts): Promise<ComparedBuild> => ({
      ...facts,
      ...(isAsked ? await readSource(deps, caller, facts) : NOTHING),
    });
    const misses = explainMisses(
      await complete(now),
      before === null ? null : await complete(before),
      cacheRules(now.method),
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

type Source = Pick<ComparedBuild, 'files' | 'dockerfile'>;
const NOTHING: Source = { files: null, dockerfile: null };

/** The files below the context's folder and the Dockerfile; null for what is not kept any more, or never was. */
async function readSource(
  deps: Deps,
  { tenantId }: TenantContext,
  { uploadSha256, contextFolder, dockerfileInline: inline, dockerfilePath: path }: CacheFacts,
): Promise<Source> {
  const list = uploadSha256 === null ? null : await unlessGone(readStoredList(deps, tenantId, uploadSha256));
  if (list === null) return { files: null, dockerfile: inline };
  const isInList = inline === null && path !== null;
  return {
    files: filesBelow(list, contextFolder),
    dockerfile: isInList
      ? await unlessGone(readDockerfile(deps, tenantId, list, posix.join(contextFolder, path)))
      : inline,
  };
}

function filesBelow({ entries }: ContextList, folder: string): ReadonlyMap<string, string> {
  const start = folder === '.' ? '' : `${folder.replace(/^\.\//, '').replace(/\/$/, '')}/`;
  return new Map(
    entries.flatMap((entry) =>
      entry.kind !== 'folder' && entry.path.startsWith(start)
        ? [[entry.path.slice(start.length), knownBy(entry)] as const]
        : [],
    ),
  );
}

async function unlessGone<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof KilnError && ['not_found', 'dockerfile_missing'].includes(error.code)) return null;
    throw error;
  }
}

/** What a cache of layers knows a file by: content and mode, not its time. */
function knownBy(entry: ContextEntry): string {
  if (entry.kind === 'link') return `-> ${entry.target}`;
  return entry.kind === 'file' ? `${entry.sha256} ${entry.mode}` : '';
}
