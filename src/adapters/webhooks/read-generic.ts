import { z } from 'zod';
import { fullRef, isZero, maybeWords, paths, readBy, type ReadEvent, refParts, sha, url } from './fields.js';

const Generic = z.object({
  event: z.enum(['push', 'ping']).default('push'),
  repository: url,
  ref: fullRef.optional(),
  sha: sha.optional(),
  message: maybeWords,
  author: maybeWords,
  changed_paths: paths,
});

const Push = Generic.extend({ ref: fullRef, sha });

/** Reads what anybody may send: the JSON of docs/webhooks.md. */
export function readGeneric(body: object): ReadEvent {
  const isPing = Generic.safeParse(body).data?.event === 'ping';
  if (isPing)
    return readBy(Generic, body, ({ repository }) => ({ kind: 'ping', repositoryUrls: [repository] }));
  return readBy(Push, body, (data) => ({
    kind: 'push',
    repositoryUrls: [data.repository],
    ...refParts(data.ref),
    sha: data.sha,
    deleted: isZero(data.sha),
    message: data.message,
    author: data.author,
    changedPaths: data.changed_paths ?? null,
  }));
}
