import { z } from 'zod';
import { parseGitRef } from '../../domain/builds/git-ref.js';
import type { GitEvent, PushEvent } from '../../domain/webhooks/git-event.js';
import type { Refused } from '../../domain/webhooks/provider.js';

export type ReadEvent = { readonly event: GitEvent } | Refused;

/** Reads a body by a schema; what the schema does not name is left aside. */
export function readBy<T>(schema: z.ZodType<T>, body: object, toEvent: (data: T) => GitEvent): ReadEvent {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { event: toEvent(parsed.data) };
  const [issue] = parsed.error.issues;
  return { refused: `The body cannot be read: ${issue?.path.join('.')}: ${issue?.message}` };
}

/** Text for people: without NUL and halves of characters, which a database does not take. */
export const words = z
  .string()
  .transform((text) => text.replaceAll('\u0000', '').replace(/\p{Surrogate}/gu, '\ufffd'));

/** The same where it may be missing. */
export const maybeWords = words.nullish().transform((text) => text || null);

/** A full commit id, SHA-1 or SHA-256; all zeros stand for none. */
export const sha = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/, 'expected a full commit id')
  .transform((text) => text.toLowerCase());

/** A full ref by git's own rules. */
export const fullRef = z
  .string()
  .refine((text) => text.startsWith('refs/') && isRef(text), 'expected a full ref, such as refs/heads/main');

export const branchName = z
  .string()
  .refine((text) => isRef(`refs/heads/${text}`), 'expected the name of a branch');
export const tagName = z.string().refine((text) => isRef(`refs/tags/${text}`), 'expected the name of a tag');

/** An address of a repository; it is compared, and shown where it is a wrong one. */
export const url = words.pipe(z.string().max(2000));
/** Files, from the root of the repository. */
export const paths = z.array(words.pipe(z.string().max(4096))).nullish();
const person = z.object({ name: words.nullish() }).nullish();

/** A commit of a push. */
export const commit = z.object({
  id: sha,
  message: words.nullish(),
  author: person,
  added: paths,
  removed: paths,
  modified: paths,
});
export type Commit = z.output<typeof commit>;

/** A repository as GitHub, Gitea and Forgejo tell of it. */
export const repository = z.object({
  clone_url: url.nullish(),
  ssh_url: url.nullish(),
  html_url: url.nullish(),
});

/** A project as GitLab tells of it. */
export const project = z.object({
  git_http_url: url.nullish(),
  git_ssh_url: url.nullish(),
  web_url: url.nullish(),
});

/** The addresses of a repository or project. */
export function urlsOf(
  found: Readonly<Record<string, string | null | undefined>> | null | undefined,
): string[] {
  return Object.values(found ?? {}).flatMap((one) => one || []);
}

/** All files that the commits name; null where one of them does not tell. */
export function pathsOf(commits: readonly Commit[]): string[] | null {
  const all = new Set<string>();
  for (const { added, removed, modified } of commits) {
    if (!added || !removed || !modified) return null;
    for (const path of [added, removed, modified].flat()) all.add(path);
  }
  return all.size === 0 ? null : [...all];
}

/** What the name of a ref says of it. */
export function refParts(ref: string): Pick<PushEvent, 'ref' | 'branch' | 'tag'> {
  const after = (prefix: string): string | null => (ref.startsWith(prefix) ? ref.slice(prefix.length) : null);
  return { ref, branch: after('refs/heads/'), tag: after('refs/tags/') };
}

/** Whether a commit id stands for no commit. */
export function isZero(id: string): boolean {
  return /^0+$/.test(id);
}

/** Message and author of a commit. */
export function saidBy(head: Commit | null | undefined): Pick<PushEvent, 'message' | 'author'> {
  return { message: head?.message || null, author: head?.author?.name || null };
}

function isRef(text: string): boolean {
  if (/\p{Surrogate}/u.test(text)) return false;
  try {
    parseGitRef(text);
    return true;
  } catch {
    return false;
  }
}
