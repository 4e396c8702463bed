/** What is told: a receiver of webhooks, or a git host that shows the status of commits. */
export const TARGET_KINDS = ['webhook', 'github', 'gitlab', 'gitea'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];
export type GitHostKind = Exclude<TargetKind, 'webhook'>;

/** The API of the host that everybody knows; null where each has a host of its own. */
export const PUBLIC_API: Readonly<Record<GitHostKind, string | null>> = {
  github: 'https://api.github.com',
  gitlab: 'https://gitlab.com/api/v4',
  gitea: null,
};

/** The host that sources name (no port, brackets around IPv6) of the host whose API begins with `apiUrl`. */
export function gitHostOf(apiHostname: string): string {
  const host = apiHostname.toLowerCase();
  return host === 'api.github.com' ? 'github.com' : host;
}
