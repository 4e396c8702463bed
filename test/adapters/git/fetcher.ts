import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { resolveInside } from '../../../src/adapters/context/resolve-inside.js';
import { createGitFetcher } from '../../../src/adapters/git/fetch-git.js';
import type { GitHost } from '../../../src/adapters/git/server.js';
import { effectiveLimits } from '../../../src/domain/limits/effective-limits.js';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import { NO_PROXIES } from '../../../src/domain/network/proxy.js';
import type { GitFetch } from '../../../src/ports/source-fetcher.js';

const LIMITS = effectiveLimits({ project: { context_max_bytes: 10_000_000, context_max_entries: 1000 } });
const TIMEOUT_MS = 30_000;

interface More extends Partial<Omit<GitFetch, 'limits'>> {
  readonly host?: Partial<GitHost>;
  readonly timeoutMs?: number;
  readonly limits?: Partial<GitFetch['limits']>;
}

/** A fetcher that may reach this machine; each fetch gets a new context folder. */
export function fetcherFor(folder: string, own: Partial<GitHost> | (() => Partial<GitHost>)) {
  const contextFolder = path.join(folder, 'work/context');
  const scratchFolder = path.join(folder, 'work/source');
  const aHost = (change: Partial<GitHost> = {}): GitHost => ({
    gitProgram: 'git',
    sshProgram: 'ssh',
    caFile: null,
    insecureHosts: [],
    allowedNetworks: [parseNetwork('127.0.0.0/8')!],
    proxies: NO_PROXIES,
    resolveInside,
    ...(typeof own === 'function' ? own() : own),
    ...change,
  });
  const fetch = async (
    source: Partial<GitFetch['source']>,
    { host, limits, timeoutMs = TIMEOUT_MS, ...over }: More = {},
  ) => {
    await rm(path.join(folder, 'work'), { recursive: true, force: true });
    await mkdir(contextFolder, { recursive: true });
    return createGitFetcher(
      aHost(host),
      timeoutMs,
    )({
      source: {
        ...{ kind: 'git', url: '', ref: null, folder: null },
        ...{ submodules: false, lfs: false, depth: null },
        ...source,
      },
      commit: null,
      credential: null,
      contextFolder,
      scratchFolder,
      signal: new AbortController().signal,
      limits: { ...LIMITS, ...limits },
      ...over,
    });
  };
  return { fetch, contextFolder, scratchFolder };
}
