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
import { isTest, writeTest } from './test-delivery.js';

/** Reads what GitHub, GitLab, Gitea, Forgejo and others send. */
export const webhookReader: WebhookReader = {
  verify: verifySignature,
  identify: identifyDelivery,
  read: readEvent,
  writeTest,
};

function readEvent(provider: WebhookProvider, request: WebhookRequest): ReturnType<WebhookReader['read']> {
  const name = identifyDelivery(provider, request);
  if ('refused' in name) return name;
  const body = readJsonBody(provider, request);
  if ('refused' in body) return body;
  const read = readBody(provider, name.eventType, body.json);
  return 'event' in read && isTest(body.json) ? { ...read, isTest: true } : read;
}

function readBody(provider: WebhookProvider, eventType: string, json: object): ReadEvent {
  switch (provider) {
    case 'github':
      return readGithub(eventType, json);
    case 'gitlab':
      return readGitlab(eventType, json);
    case 'gitea':
    case 'forgejo':
      return readGitea(eventType, json);
    case 'generic':
      return readGeneric(json);
  }
}
