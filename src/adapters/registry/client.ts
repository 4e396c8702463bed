import { setTimeout as pause } from 'node:timers/promises';
import { timeLimit } from '../../domain/time-limit.js';
import { KilnError } from '../../domain/errors.js';
import { parseRepository } from '../../domain/images/reference.js';
import type { CredentialSource, Repository } from '../../ports/image-registry.js';
import { Authorization } from './authorization.js';
import { bodyWithin, discard } from './bodies.js';
import type { RegistryLimits } from './limits.js';
import { isPassing, pauseBefore } from './repetition.js';
import type { RegistryTransport } from './transport.js';
import { failedAnswer, missingRepository, namesPart, unreachable } from './trouble.js';

/** One request to a registry. */
export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly repository: Repository;
  /** Below `/v2/<repository>/`, or the absolute address that the registry gave for an upload. */
  readonly target: string | URL;
  readonly actions: 'pull' | 'pull,push' | 'pull,push,delete';
  /** Mirrors of the registry are asked first, as a builder does for base images; never for what Kiln itself has written. */
  readonly mayComeFromMirror?: boolean;
  /** Another repository of the same registry that is read too (cross-repository mount). */
  readonly alsoPull?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Statuses that the caller handles; any other is an error. */
  readonly expect: readonly number[];
  /** What is asked for, in words, for error messages. */
  readonly doing: string;
  /**
   * What to ask instead when the request has to be repeated: it may have been carried out, and only its answer was lost. The same
   * again when absent.
   */
  readonly again?: () => Promise<RegistryRequest>;
  /** Sent once, whatever is answered: for a caller with tries of its own, who has to know of each that it may still be on its way. */
  readonly isSentOnce?: boolean;
  /** Told of each try that got no answer, or the one of a server in trouble: it may still be carried out, whatever a repetition gets. */
  readonly onUnanswered?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const MAX_ERROR_BYTES = 64 * 1024;

/** Why a request is sent again, and after how long. */
export interface RegistryWait {
  readonly host: string;
  readonly reason: string;
  readonly delayMs: number;
}

/** Speaks HTTP to registries: plain or TLS, authorization, time limits, repetition, errors with a remedy. */
export class RegistryClient {
  private readonly authorizations = new Map<string, Authorization>();

  constructor(
    private readonly transport: RegistryTransport,
    private readonly credentials: CredentialSource,
    readonly limits: RegistryLimits,
    private readonly onWait: (wait: RegistryWait) => void = () => undefined,
  ) {}

  async send(request: RegistryRequest): Promise<Response> {
    return (await this.sendToMirrors(request)) ?? this.sendToOne(request);
  }

  /** The answer of the first mirror that has what is asked for; null when the registry itself must be asked. */
  private async sendToMirrors(request: RegistryRequest): Promise<Response | null> {
    if (request.mayComeFromMirror !== true) return null;
    const { path } = this.locate(request.repository);
    for (const mirror of this.transport.mirrorsOf(parseRepository(request.repository).domain)) {
      const response = await this.sendToOne({ ...request, repository: `${mirror}/${path}` }).catch(
        (error: unknown) => {
          if (error instanceof KilnError && error.code === 'cancelled') throw error;
          return null;
        },
      );
      if (response?.ok === true) return response;
      if (response !== null) await discard(response);
    }
    return null;
  }

  private async sendToOne(first: RegistryRequest): Promise<Response> {
    let request = first;
    const attempts = first.isSentOnce === true ? 1 : this.limits.attempts;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.attempt(request).catch((error: unknown) => {
        if (isUnanswered(error)) request.onUnanswered?.();
        if (error instanceof KilnError && error.code === 'registry_unreachable') return error;
        throw error;
      });
      const isLast = attempt >= attempts;
      if (outcome instanceof KilnError) {
        if (isLast) throw outcome;
        await this.wait(request, attempt, outcome.message, null);
      } else {
        if (request.expect.includes(outcome.status)) return outcome;
        if (outcome.status >= 500 || outcome.status === 408) request.onUnanswered?.();
        const error = await this.failure(request, outcome);
        if (isLast || !isPassing(outcome.status)) throw error;
        await this.wait(request, attempt, error.message, outcome.headers.get('retry-after'));
      }
      if (request.again !== undefined) request = await request.again();
    }
  }

  /** The address of a target; the API of Docker Hub has a host of its own. */
  address({ repository, target }: Pick<RegistryRequest, 'repository' | 'target'>): URL {
    if (target instanceof URL) return target;
    const { host, path } = this.locate(repository);
    const scheme = this.transport.isPlainHttp(host) ? 'http' : 'https';
    return new URL(`${scheme}://${host}/v2/${path}/${target}`);
  }

  /** Host and path of a repository as its API knows them. */
  locate(repository: Repository): { host: string; path: string } {
    const { domain, path } = parseRepository(repository);
    if (domain !== 'docker.io' && domain !== 'index.docker.io') return { host: domain, path };
    return { host: 'registry-1.docker.io', path: path.includes('/') ? path : `library/${path}` };
  }

  private async attempt(request: RegistryRequest): Promise<Response> {
    const { host, path } = this.locate(request.repository);
    const authorization = this.authorizationOf(host);
    const scopes = [
      `repository:${path}:${request.actions}`,
      ...(request.alsoPull === undefined ? [] : [`repository:${request.alsoPull}:pull`]),
    ];
    const current = authorization.current(scopes);
    const response = await this.exchange(request, current);
    if (response.status !== 401) return this.withWords(request, response, current);
    await discard(response);
    const header = await authorization.answer(
      response.headers.get('www-authenticate'),
      scopes,
      this.limit(request),
    );
    const second = await this.exchange(request, header);
    if (second.status === 401) authorization.forget();
    return this.withWords(request, second, header);
  }

  /** A refusal of HEAD has no body: asks once more by GET for what the registry has to say, such as that a token has expired. */
  private async withWords(
    request: RegistryRequest,
    response: Response,
    authorization: string | null,
  ): Promise<Response> {
    const { status } = response;
    if (request.method !== 'HEAD' || (status !== 401 && status !== 403)) return response;
    const told = await this.exchange({ ...request, method: 'GET' }, authorization).catch(() => null);
    if (told?.status === status) {
      await discard(response);
      return told;
    }
    if (told !== null) await discard(told);
    return response;
  }

  private async exchange(request: RegistryRequest, authorization: string | null): Promise<Response> {
    const url = this.address(request);
    // The scheme counts too: credentials for https never go out in clear.
    const isOwnHost = url.origin === this.address({ ...request, target: '' }).origin;
    const headers = new Headers(request.headers);
    if (authorization !== null && isOwnHost) headers.set('authorization', authorization);
    const answer = new AbortController();
    const { answerTimeoutMs, slowestBytesPerS } = this.limits;
    const sendingMs = ((request.body?.byteLength ?? 0) / slowestBytesPerS) * 1000;
    const timer = setTimeout(() => answer.abort(timeUp()), answerTimeoutMs + sendingMs);
    const signals = request.signal === undefined ? [answer.signal] : [answer.signal, request.signal];
    try {
      return await this.transport.fetch(url, {
        method: request.method,
        headers,
        body: request.body ?? null,
        // A blob may be kept elsewhere (object storage); fetch drops the authorization on the way there.
        redirect: request.method === 'GET' || request.method === 'HEAD' ? 'follow' : 'manual',
        signal: AbortSignal.any(signals),
      });
    } catch (error) {
      if (request.signal?.aborted === true) throw stopped(error);
      throw unreachable(url.host, request.doing, error);
    } finally {
      clearTimeout(timer);
    }
  }

  private async failure(request: RegistryRequest, response: Response): Promise<KilnError> {
    const body = await this.words(response);
    const { host } = this.locate(request.repository);
    // An upload is begun with POST: what is not there can be the repository alone.
    const isMissing = request.method === 'POST' || (request.method === 'PUT' && !namesPart(body));
    if (isMissing && response.status === 404) return missingRepository(host, request.repository, body);
    return failedAnswer(
      host,
      request.doing,
      { status: response.status, retryAfter: response.headers.get('retry-after') },
      body,
    );
  }

  /** What a registry says of an answer that is an error; nothing where it does not say it. */
  async words(response: Response): Promise<string> {
    const read = bodyWithin(response, MAX_ERROR_BYTES, this.limits.idleTimeoutMs);
    return (await read.catch(() => Buffer.alloc(0))).toString('utf8');
  }

  /** Waits before something is done again, and tells so; ends with `cancelled` when the signal fires. */
  async wait(
    { repository, signal }: Pick<RegistryRequest, 'repository' | 'signal'>,
    attempt: number,
    reason: string,
    retryAfter: string | null,
  ): Promise<void> {
    const delayMs = pauseBefore(attempt, retryAfter, this.limits);
    this.onWait({ host: this.locate(repository).host, reason, delayMs });
    await pause(delayMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw stopped(error);
    });
  }

  /** The error of a registry that does not keep the uploads it has begun. */
  forgotten(repository: Repository): KilnError {
    const { host } = this.locate(repository);
    return new KilnError('registry_failed', {
      message: `The registry ${host} keeps forgetting uploads to ${repository}. Check its storage, that all its instances share one, and whether it wants the repository to be created first.`,
    });
  }

  private limit({ signal }: RegistryRequest): AbortSignal {
    return timeLimit(this.limits.answerTimeoutMs, signal);
  }

  private authorizationOf(host: string): Authorization {
    const known = this.authorizations.get(host);
    if (known !== undefined) return known;
    const created = new Authorization(host, this.transport, this.credentials, this.limits.idleTimeoutMs);
    this.authorizations.set(host, created);
    return created;
  }
}

/** The error of work that its caller gave up. */
export function stopped(cause: unknown): KilnError {
  return new KilnError('cancelled', { message: 'The work with the registry was stopped on request.', cause });
}

function isUnanswered(error: unknown): boolean {
  return error instanceof KilnError && (error.code === 'registry_unreachable' || error.code === 'cancelled');
}

function timeUp(): KilnError {
  return new KilnError('registry_unreachable', { message: 'The registry took too long to answer.' });
}
