import type { WebhookProvider } from '../../domain/webhooks/provider.js';
import type { WebhookReader, WebhookRequest } from '../../ports/webhook-reader.js';
import type { ReadEvent } from './fields.js';
import { identifyDelivery } from './identify.js';
import { readJsonBody } from './json-body.js';
import { readGeneric } from './read-generic.js';
import { readGitea } from './read-gitea.js';
import { readGithub } from './read-github.js';
import { readGitlab } from './read-gitlab.js';
import { verifySignature } from './signature.js';

/** Reads what GitHub, GitLab, Gitea, Forgejo and others send. */
export const webhookReader: WebhookReader = {
  verify: verifySignature,
  identify: identifyDelivery,
  read: readEvent,
};

function readEvent(provider: WebhookProvider, request: WebhookRequest): ReadEvent {
  const name = identifyDelivery(provider, request);
  if ('refused' in name) return name;
  const body = readJsonBody(provider, request);
  if ('refused' in body) return body;
  switch (provider) {
    case 'github':
      return readGithub(name.eventType, body.json);
    case 'gitlab':
      return readGitlab(name.eventType, body.json);
    case 'gitea':
    case 'forgejo':
      return readGitea(name.eventType, body.json);
    case 'generic':
      return readGeneric(body.json);
  }
}
