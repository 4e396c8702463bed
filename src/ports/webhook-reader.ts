import type { GitEvent } from '../domain/webhooks/git-event.js';
import type { Refused, WebhookProvider } from '../domain/webhooks/provider.js';

/** A request that came to the address of a webhook, as it came. */
export interface WebhookRequest {
  /** By name in lower case, as node:http gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes that were sent: signatures are over them. */
  readonly body: Uint8Array;
}

/** What a delivery is called by its provider. */
export interface DeliveryName {
  /** The same for the same delivery, however often it is sent. 1 to 200 characters of ASCII without blanks. */
  readonly deliveryId: string;
  /** The provider's word, such as `push` or `Merge Request Hook`; of ASCII, 100 characters at most. */
  readonly eventType: string;
}

/** A push that has not happened. */
export interface TestPush {
  readonly repositoryUrl: string;
  /** Full ref of a branch or tag. */
  readonly ref: string;
  readonly sha: string;
}

/** A signed request, for somebody to send. */
export interface TestRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Reads what providers send, and writes as they do for a test. Nothing here raises for what a sender can have written: it is refused with the reason. */
export interface WebhookReader {
  /**
   * Judges who has sent a request. `secret` is that of the webhook, of which an empty one verifies nothing. `signedBy` names the header
   * that holds. In constant time as far as the secret is concerned.
   */
  verify(
    provider: WebhookProvider,
    request: WebhookRequest,
    secret: string,
    now: Date,
  ): { readonly signedBy: string } | Refused;
  identify(provider: WebhookProvider, request: WebhookRequest): DeliveryName | Refused;
  /** Reads what has happened, or for a test is said to. To be asked of verified requests only. */
  read(
    provider: WebhookProvider,
    request: WebhookRequest,
  ): { readonly event: GitEvent; readonly isTest?: true } | Refused;
  /**
   * Writes a push as the provider would send and sign it, marked in its body so that it starts nothing. Refused is a secret that signs
   * nothing.
   */
  writeTest(provider: WebhookProvider, secret: string, push: TestPush, now: Date): TestRequest | Refused;
}
