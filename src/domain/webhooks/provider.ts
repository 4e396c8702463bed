/** Who may send webhooks. Gitea and Forgejo send the same; both names stand here because people look for theirs. */
export const WEBHOOK_PROVIDERS = ['github', 'gitlab', 'gitea', 'forgejo', 'generic'] as const;
export type WebhookProvider = (typeof WEBHOOK_PROVIDERS)[number];

/** Why something that came in is not taken, in words for the sender and for the record. Holds no secret. */
export interface Refused {
  readonly refused: string;
}
