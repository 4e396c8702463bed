import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { timeLimit } from '../../domain/time-limit.js';
import { parseGitUrl, type GitRemote } from '../../domain/builds/git-url.js';
import { KilnError, toKilnError } from '../../domain/errors.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import type { RecordedSource } from '../../ports/dispatch.js';
import type { GitCredential } from '../../ports/secrets.js';
import type { FetchGit, GitFetch } from '../../ports/source-fetcher.js';
import { checkout, keepHistory, readCommit } from './checkout.js';
import { fetchCommit } from './fetch-commit.js';
import { endLeftovers } from './leftovers.js';
import { lfsEndpoint } from './lfs-endpoint.js';
import { fetchLfsFiles } from './lfs-files.js';
import { listTree, type TreeList } from './list-tree.js';
import { requireGit } from './require-git.js';
import { resolveRef, type ResolvedRef } from './resolve-ref.js';
import { openServer, type GitHost, type GitServer } from './server.js';
import { SourceBudget } from './source-budget.js';
import { MAX_SUBMODULE_DEPTH, MAX_SUBMODULES, readSubmodules, submoduleFolder } from './submodules.js';

/** Fetches git repositories with the host's git program, each within `timeoutMs`. */
export function createGitFetcher(host: GitHost, timeoutMs: number): FetchGit {
  return async (fetch) => {
    const deadline = timeLimit(timeoutMs);
    const signal = AbortSignal.any([fetch.signal, deadline]);
    await requireGit(host.gitProgram);
    await endLeftovers(fetch.scratchFolder);
    await rm(fetch.scratchFolder, { recursive: true, force: true });
    await mkdir(fetch.scratchFolder, { recursive: true, mode: 0o700 });
    try {
      return await new Fetch(host, { ...fetch, signal }).run();
    } catch (error) {
      fetch.signal.throwIfAborted();
      if (!deadline.aborted) throw toKilnError(error);
      throw new KilnError('git_unreachable', {
        message: `The repository was not fetched within ${Math.round(timeoutMs / 1000)} s.`,
      });
    } finally {
      await rm(fetch.scratchFolder, { recursive: true, force: true });
    }
  };
}

interface Brought {
  readonly gitFolder: string;
  readonly commit: string;
  readonly tree: TreeList;
}

/** One fetch: the repository at its commit, then what belongs to it. */
class Fetch {
  readonly #budget: SourceBudget;
  #servers = 0;

  constructor(
    private readonly host: GitHost,
    private readonly fetch: GitFetch,
  ) {
    this.#budget = new SourceBudget(fetch.limits);
  }

  async run(): Promise<RecordedSource> {
    const { source, commit, credential, signal, contextFolder } = this.fetch;
    const remote = parseGitUrl(source.url);
    const server = await this.#open(remote, credential);
    const wanted =
      commit === null
        ? await resolveRef(server, source.ref, { cwd: this.fetch.scratchFolder, signal })
        : { commit, refName: null };
    const treeFolder = this.#at('tree');
    const got = await this.#bring(server, wanted, treeFolder, source.depth ?? 1);
    await this.#bringWhatBelongs(server, got, treeFolder, 0);
    const facts = await readCommit(server, { ...got, signal });
    if (source.depth !== null) await keepHistory(server, { ...got, treeFolder, wanted, signal });
    await this.#place(treeFolder, contextFolder);
    return { commit: got.commit, branch: branchOf(wanted.refName), ...facts };
  }

  async #bring(server: GitServer, wanted: ResolvedRef, treeFolder: string, depth: number): Promise<Brought> {
    const { signal } = this.fetch;
    const gitFolder = this.#at(`git-${this.#servers}`);
    const commit = await fetchCommit(server, { gitFolder, wanted, depth, budget: this.#budget, signal });
    const tree = await listTree(server, commit, this.#budget, { cwd: gitFolder, signal });
    await checkout(server, { gitFolder, treeFolder, commit, signal });
    return { gitFolder, commit, tree };
  }

  /** Files of git LFS and submodules, theirs too, as far as the source asks for them. */
  async #bringWhatBelongs(server: GitServer, got: Brought, treeFolder: string, depth: number): Promise<void> {
    const { source, signal, scratchFolder } = this.fetch;
    const { host } = this;
    if (source.lfs) {
      const endpoint = () => lfsEndpoint(host, server, scratchFolder, signal);
      const { gitFolder, tree } = got;
      const { smallFiles } = tree;
      const places = { host, gitFolder, treeFolder, scratchFolder, smallFiles };
      await fetchLfsFiles(server, { ...places, budget: this.#budget, endpoint, signal });
    }
    if (!source.submodules) return;
    const { gitlinks } = got.tree;
    for (const module of await readSubmodules(server, { ...got, gitlinks, signal })) {
      if (depth === MAX_SUBMODULE_DEPTH || this.#servers > MAX_SUBMODULES) {
        throw new KilnError('source_too_large', { message: 'The repository has too many submodules.' });
      }
      const folder = await submoduleFolder(treeFolder, module);
      const theirs = await this.#open(module.remote, this.#credentialFor(module.remote));
      const brought = await this.#bring(theirs, { commit: module.commit, refName: null }, folder, 1);
      await this.#bringWhatBelongs(theirs, brought, folder, depth + 1);
    }
  }

  /** The credential opens the server it was stored for and no other. */
  #credentialFor(remote: GitRemote): GitCredential | null {
    const { source, credential } = this.fetch;
    const own = parseGitUrl(source.url);
    const isSame = remote.protocol === own.protocol && remote.host === own.host && remote.port === own.port;
    return isSame ? credential : null;
  }

  /** The folder that is to be built takes the place of the empty context folder. */
  async #place(treeFolder: string, contextFolder: string): Promise<void> {
    const folder = parseContextPath(this.fetch.source.folder ?? '.');
    const found = await this.host.resolveInside(treeFolder, folder);
    if (found.kind !== 'folder') {
      throw new KilnError('context_invalid', {
        message: `There is no folder ${JSON.stringify(folder)} in the repository.`,
      });
    }
    await rename(found.absolutePath, contextFolder);
  }

  #open(remote: GitRemote, credential: GitCredential | null): Promise<GitServer> {
    this.#servers += 1;
    return openServer(this.host, remote, credential, this.#at(`server-${this.#servers}`));
  }

  #at(name: string): string {
    return path.join(this.fetch.scratchFolder, name);
  }
}

function branchOf(refName: string | null): string | null {
  const prefix = 'refs/heads/';
  return refName?.startsWith(prefix) === true ? refName.slice(prefix.length) : null;
}
