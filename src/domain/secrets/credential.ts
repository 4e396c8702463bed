import { KilnError } from '../errors.js';

/** What a credential is for; each is bound to one host. */
export const CREDENTIAL_KINDS = ['git_token', 'git_ssh_key', 'registry'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];
export type GitCredentialKind = Extract<CredentialKind, `git_${string}`>;

const NAME = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])$/;
/** Names under which one registry is known. */
const REGISTRY_ALIASES: Readonly<Record<string, string>> = {
  'index.docker.io': 'docker.io',
  'registry-1.docker.io': 'docker.io',
};
const DEFAULT_PORT: Readonly<Record<CredentialKind, string>> = {
  git_token: '443',
  git_ssh_key: '22',
  registry: '443',
};

/**
 * The one spelling of a host (`host[:port]`) that a credential is bound to: lower case, without the port that its kind has anyway.
 * Raises invalid_request.
 */
export function parseCredentialHost(kind: CredentialKind, text: string): string {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text.toLowerCase()) ?? [];
  if (text.length > 300 || !NAME.test(host) || Number(port ?? 1) > 65_535 || Number(port ?? 1) < 1) {
    throw new KilnError('invalid_request', {
      message: `${JSON.stringify(text.slice(0, 300))} is not a host: write host or host:port, without scheme, user or path.`,
      fields: [{ field: 'host', message: 'expected host or host:port' }],
    });
  }
  const shown = port === undefined || port === DEFAULT_PORT[kind] ? host : `${host}:${Number(port)}`;
  return kind === 'registry' ? (REGISTRY_ALIASES[shown] ?? shown) : shown;
}

/** Host and kind of the credential that a git URL needs; null for a text that is no URL of http(s) or ssh. */
export function gitCredentialOf(
  url: string,
): { readonly kind: GitCredentialKind; readonly host: string } | null {
  const [, scheme, authority] = /^(https?|ssh):\/\/([^/?#]+)/i.exec(url) ?? [];
  if (scheme !== undefined && authority !== undefined) {
    const kind = scheme.toLowerCase() === 'ssh' ? 'git_ssh_key' : 'git_token';
    return { kind, host: parseCredentialHost(kind, authority.slice(authority.lastIndexOf('@') + 1)) };
  }
  const [, host] = /^(?:[^@/:]+@)?([^@/:]+|\[[^\]]+\]):(?!\/\/)/.exec(url) ?? [];
  return host === undefined ? null : { kind: 'git_ssh_key', host: parseCredentialHost('git_ssh_key', host) };
}
