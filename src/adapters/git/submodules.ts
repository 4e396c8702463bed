import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { parseSubmoduleUrl, type GitRemote } from '../../domain/builds/git-url.js';
import { KilnError } from '../../domain/errors.js';
import type { Gitlink } from './list-tree.js';
import type { GitServer } from './server.js';

/** Submodules below each other, and all of them together. A repository that has more is no longer one that people made. */
export const MAX_SUBMODULE_DEPTH = 8;
export const MAX_SUBMODULES = 200;

/** A submodule with where its files come from. */
export interface Submodule extends Gitlink {
  readonly remote: GitRemote;
}

/**
 * The submodules of a commit. The tree says where they lie and at which commit, `.gitmodules` only says the URL, which is judged like
 * any other. git's own `submodule` is never run: it would take options, paths and protocols from the repository.
 */
export async function readSubmodules(
  server: GitServer,
  what: {
    readonly gitFolder: string;
    readonly commit: string;
    readonly gitlinks: readonly Gitlink[];
    readonly signal: AbortSignal;
  },
): Promise<Submodule[]> {
  const { gitFolder, commit, gitlinks, signal } = what;
  if (gitlinks.length === 0) return [];
  const args = ['config', '-z', '--no-includes', '--blob', `${commit}:.gitmodules`, '--list'];
  const { stdout } = await server.git(args, { cwd: gitFolder, signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new KilnError('context_invalid', {
      message: 'The repository has submodules but no .gitmodules that can be read.',
      cause,
    });
  });
  const urls = urlsByPath(stdout.toString('utf8'));
  return gitlinks.map((link) => {
    const url = urls.get(link.path);
    if (url === undefined) {
      throw new KilnError('context_invalid', {
        message: `.gitmodules names no URL for the submodule ${shown(link.path)}.`,
      });
    }
    return { ...link, remote: parseUrl(server.remote, url, link.path) };
  });
}

/** Raises path_escapes_context unless every part of the way is a folder of the checkout itself, no link. */
export async function submoduleFolder(treeFolder: string, link: Gitlink): Promise<string> {
  const parts = link.path.split('/');
  let folder = treeFolder;
  for (const part of parts) {
    folder = path.join(folder, part);
    const found = await lstat(folder).catch(() => null);
    const isPlain = part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git';
    if (isPlain && found?.isDirectory() === true) continue;
    throw new KilnError('path_escapes_context', {
      message: `The submodule ${shown(link.path)} does not lie in a folder of the repository.`,
    });
  }
  return folder;
}

function parseUrl(parent: GitRemote, url: string, where: string): GitRemote {
  try {
    return parseSubmoduleUrl(parent, url);
  } catch (error) {
    const { message } = error as Error;
    throw new KilnError('invalid_request', {
      message: `Submodule ${shown(where)}: ${message}`,
      cause: error,
    });
  }
}

function urlsByPath(text: string): Map<string, string> {
  const modules = new Map<string, { path?: string; url?: string }>();
  for (const entry of text.split('\0')) {
    const [key, value] = splitOnce(entry, '\n');
    const [, name, field] = /^submodule\.(.+)\.(path|url)$/s.exec(key) ?? [];
    if (name === undefined || field === undefined) continue;
    modules.set(name, { ...modules.get(name), [field]: value });
  }
  return new Map(
    [...modules.values()].flatMap(({ path: where, url }) =>
      where === undefined || url === undefined ? [] : [[where, url] as const],
    ),
  );
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
