import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { parseChallenge, type Challenge } from './challenge.js';
import { bodyWithin } from './bodies.js';
import type { CredentialSource } from '../../ports/image-registry.js';
import type { RegistryTransport } from './transport.js';
import { isPassing } from './repetition.js';
import { refusal, unreachable, withoutToken } from './trouble.js';

const tokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

const MAX_TOKEN_ANSWER_BYTES = 256 * 1024;
const DEFAULT_TOKEN_LIFE_S = 60;
const EARLY_MS = 5_000;

interface Held {
  readonly header: string;
  readonly expiresAtMs: number;
}

/** Authorization headers of one registry host. Credentials go to that host and to the https realm that it names. */
export class Authorization {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly host: string,
    private readonly transport: RegistryTransport,
    private readonly credentials: CredentialSource,
    private readonly idleTimeoutMs: number,
  ) {}

  /** What to send for these scopes; null before the registry has asked for anything. */
  current(scopes: readonly string[]): string | null {
    const held = this.held.get(scopes.join(' '));
    return held !== undefined && held.expiresAtMs > Date.now() ? held.header : null;
  }

  /** Answers a 401; raises `registry_denied` when there is nothing to answer with. */
  async answer(
    wwwAuthenticate: string | null,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    const challenge = parseChallenge(wwwAuthenticate);
    const held =
      challenge?.scheme === 'bearer' ? await this.fetchToken(challenge, scopes, signal) : await this.basic();
    this.held.set(scopes.join(' '), held);
    return held.header;
  }

  forget(): void {
    this.held.clear();
  }

  private async basic(): Promise<Held> {
    const header = await this.basicHeader();
    if (header === null) throw refusal(this.host, 'it asks for credentials and none are known for it');
    return { header, expiresAtMs: Number.POSITIVE_INFINITY };
  }

  private async basicHeader(): Promise<string | null> {
    const known = await this.credentials(this.host);
    if (known === null) return null;
    return `Basic ${Buffer.from(`${known.username}:${known.password}`).toString('base64')}`;
  }

  private async fetchToken(
    challenge: Challenge & { scheme: 'bearer' },
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<Held> {
    const url = this.realm(challenge.realm);
    if (challenge.service !== null) url.searchParams.set('service', challenge.service);
    for (const scope of new Set([...scopes, ...(challenge.scope?.split(' ') ?? [])]))
      url.searchParams.append('scope', scope);
    const basic = await this.basicHeader();
    const response = await this.transport
      .fetch(url, {
        headers: basic === null ? {} : { authorization: basic },
        redirect: 'error',
        signal,
      })
      .catch((error: unknown) => {
        throw unreachable(url.host, 'giving a token', error);
      });
    const body = await bodyWithin(response, MAX_TOKEN_ANSWER_BYTES, this.idleTimeoutMs).catch(
      (error: unknown) => {
        throw error instanceof KilnError ? error : unreachable(url.host, 'giving a token', error);
      },
    );
    if (isPassing(response.status)) throw withoutToken(this.host, response.status);
    if (!response.ok) throw refusal(this.host, `its token service answered ${response.status}`);
    const answer = tokenAnswer.safeParse(parseJson(body));
    const token = answer.data?.token ?? answer.data?.access_token;
    if (token === undefined) throw refusal(this.host, 'its token service gave no token');
    const lifeMs = (answer.data?.expires_in ?? DEFAULT_TOKEN_LIFE_S) * 1000;
    return { header: `Bearer ${token}`, expiresAtMs: Date.now() + lifeMs - EARLY_MS };
  }

  private realm(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : null;
    const isAllowed =
      url?.protocol === 'https:' || (this.transport.isPlainHttp(this.host) && url?.protocol === 'http:');
    if (url !== null && isAllowed && url.username === '' && url.password === '') return url;
    throw new KilnError('registry_denied', {
      message: `The registry ${this.host} names a token service that credentials are not sent to. It must be an https address.`,
    });
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
