import { setImmediate as turn } from 'node:timers/promises';
import { awaitedLater } from '../domain/awaited-later.js';
import { looksLikeGitTarget } from '../domain/builds/git-target.js';
import { slugOf } from './build-request.js';
import type { Cli } from './cli.js';
import { authorizationOf } from './client.js';
import { resolveConnection } from './connection.js';
import { openConnections, type Answer, type Connections } from './http.js';

/** Connections that have asked something already: whoever asks the same gets that answer. */
export interface AskedConnections extends Connections {
  /** Ends what nobody has asked for. */
  end(): void;
}

interface Asking {
  readonly project?: string;
  readonly method?: string;
  readonly apiUrl?: string;
}

/** By their paths, since to load their contracts takes as long as to hear the answers. */
export const PATHS = {
  project: (slug: string) => `/v1/projects/${encodeURIComponent(slug)}`,
  limits: (slug: string) => `/v1/limits?${new URLSearchParams({ project: slug }).toString()}`,
  installation: '/v1/installation',
};

/**
 * Asks what `kiln build` is going to ask in any case, while the rest of the command is loaded. Undefined where it cannot be known yet; why
 * not is told by the command itself.
 */
export async function askAhead(
  cli: Cli,
  dir: string,
  options: Asking,
): Promise<AskedConnections | undefined> {
  if (dir === '-' || looksLikeGitTarget(dir)) return undefined;
  try {
    const { apiUrl, token } = resolveConnection({ ...cli, stderr: SILENT }, options);
    const slug = options.project ?? slugOf(dir === '.' ? cli.cwd : dir);
    const asked = ask(openConnections(), authorizationOf(token), [
      `${apiUrl}${PATHS.project(slug)}`,
      `${apiUrl}${PATHS.limits(slug)}`,
      ...(options.method === undefined ? [] : [`${apiUrl}${PATHS.installation}`]),
    ]);
    // Once to connect and once to write: what comes next keeps this process for a while.
    await turn();
    await turn();
    return asked;
  } catch {
    return undefined;
  }
}

/** What is wrong with a saved connection is said once, by the command. */
const SILENT = { write: () => true };

function ask(connections: Connections, authorization: string, urls: readonly string[]): AskedConnections {
  const asked = new Map<string, { readonly answer: Promise<Answer>; readonly over: AbortController }>();
  for (const url of urls) {
    const over = new AbortController();
    const request = { method: 'GET', headers: { authorization }, body: null, signal: over.signal };
    const answer = awaitedLater(connections.send(url, request));
    asked.set(url, { answer, over });
  }
  return {
    async send(url, request) {
      const known = request.method === 'GET' ? asked.get(url) : undefined;
      if (known === undefined) return connections.send(url, request);
      asked.delete(url);
      const { signal } = request;
      signal.throwIfAborted();
      signal.addEventListener('abort', () => known.over.abort(signal.reason), { once: true });
      return known.answer;
    },
    end() {
      for (const { over } of asked.values()) over.abort();
    },
  };
}
