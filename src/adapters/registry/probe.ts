import { timeLimit } from '../../domain/time-limit.js';
import { KilnError, toKilnError } from '../../domain/errors.js';
import type { CredentialSource } from '../../ports/image-registry.js';
import { isLoopback } from '../../domain/network/proxy.js';
import { PROBE_STEPS, type ProbeStepName } from '../../domain/network/probe-steps.js';
import type { ProbeRegistry, ProbeStep } from '../../ports/registry-probe.js';
import { Authorization } from './authorization.js';
import { bodyWithin, discard } from './bodies.js';
import { RegistryClient } from './client.js';
import { REGISTRY_LIMITS } from './limits.js';
import { addressesOf, touchPort, touchTls } from './probe-connection.js';
import { MANIFEST_TYPES } from './manifest.js';
import { remedyFor, remedyForTls } from './remedies.js';
import { openTransport, type RegistryTransport, type TransportOptions } from './transport.js';
import { reasonOf, refusal, unreachable } from './trouble.js';

const MAX_HINT_BYTES = 16 * 1024;
const SILENCE_MS = 5_000;
const LIMITS = { ...REGISTRY_LIMITS, attempts: 1, answerTimeoutMs: 8_000 };

/** The step failed; the walk ends here. */
class Stop extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** Walks to registries on the same way as builds and publications do. */
export function createRegistryProbe(options: TransportOptions): ProbeRegistry {
  const transport = openTransport(options);
  return async ({ host, path }, credentials, signal) => {
    const walk = new Walk(host, transport, options, credentials, signal ?? new AbortController().signal);
    const tries: Record<ProbeStepName, () => Promise<string | null>> = {
      name: () => walk.name(),
      connection: () => walk.connection(),
      tls: () => walk.tls(),
      api: () => walk.api(),
      credentials: () => walk.asking('User or password are wrong.', () => walk.credentials()),
      pull: async () =>
        path === null
          ? null
          : walk.asking('Reading needs a credential that may read here.', () => walk.pull(path)),
      push: async () =>
        path === null ? null : walk.asking('This credential may not push here.', () => walk.push(path)),
    };
    const steps: ProbeStep[] = [];
    for (const step of PROBE_STEPS) {
      const isOver = steps.some(({ status }) => status === 'failed');
      steps.push(isOver ? skipped(step, 'not tried') : await tryStep(step, tries[step]));
    }
    return steps;
  };
}

async function tryStep(step: ProbeStepName, attempt: () => Promise<string | null>): Promise<ProbeStep> {
  try {
    const message = await attempt();
    return message === null ? skipped(step, 'does not apply') : { step, status: 'ok', message, remedy: null };
  } catch (thrown) {
    if (thrown instanceof Stop)
      return { step, status: 'failed', message: thrown.message, remedy: thrown.remedy };
    const error = toKilnError(thrown);
    return { step, status: 'failed', message: error.message, remedy: error.rule.fix };
  }
}

/** Servers that speak TLS say so to who does not: "Client sent an HTTP request to an HTTPS server." */
async function speaksTls(response: Response): Promise<boolean> {
  const body = await bodyWithin(response, MAX_HINT_BYTES, SILENCE_MS).catch(() => Buffer.alloc(0));
  return /https/i.test(body.toString('utf8'));
}

function skipped(step: ProbeStepName, message: string): ProbeStep {
  return { step, status: 'skipped', message, remedy: null };
}

/** One walk; each part needs those before it. */
class Walk {
  private readonly url: URL;
  private readonly port: number;
  private addresses: readonly string[] = [];
  private challenge: string | null = null;

  constructor(
    private readonly host: string,
    private readonly transport: RegistryTransport,
    private readonly options: TransportOptions,
    private readonly known: CredentialSource,
    private readonly signal: AbortSignal,
  ) {
    const { host: apiHost } = this.client().locate(`${host}/probe`);
    const scheme = transport.isPlainHttp(apiHost) ? 'http' : 'https';
    this.url = new URL(`${scheme}://${apiHost}/v2/`);
    this.port = Number(this.url.port) || (scheme === 'http' ? 80 : 443);
  }

  async name(): Promise<string | null> {
    await this.transport.refuse(this.url.host).catch((error: unknown) => this.portless(error));
    if (this.transport.isProxied(this.url)) return null;
    this.addresses = await addressesOf(this.url.hostname).catch((error: unknown) => this.fail(error));
    return `${this.url.hostname} is ${this.addresses.join(', ')}`;
  }

  /** A registry on this machine has a port, mostly that of `kiln up`; to open the loopback interface would not lead there. */
  private portless(error: unknown): never {
    if (/:\d+$/.test(this.host) || !isLoopback(this.host)) throw error;
    const own = this.options.ownHost?.replace(/\/.*$/, '');
    const example = own !== undefined && isLoopback(own.replace(/:\d+$/, '')) ? own : `${this.host}:5000`;
    throw new Stop(
      'has no port, and no registry is known at the usual one',
      `Name its port, as in ${example}.`,
    );
  }

  async connection(): Promise<string | null> {
    const [address] = this.addresses;
    if (address === undefined) return null;
    await touchPort(address, this.port).catch((error: unknown) => this.fail(error));
    return `port ${this.port} answers`;
  }

  async tls(): Promise<string | null> {
    const [address] = this.addresses;
    if (address === undefined || this.url.protocol === 'http:') return null;
    const authority = this.options.certificates?.get(this.url.host);
    const until = await touchTls(this.url.hostname, address, this.port, authority).catch((error: unknown) =>
      this.fail(error),
    );
    return `the certificate is trusted and valid until ${until}`;
  }

  async api(): Promise<string> {
    const response = await this.get({});
    if (response.status === 400 && this.url.protocol === 'http:' && (await speaksTls(response)))
      throw new Stop('speaks TLS, and was spoken to in plain HTTP', remedyForTls(this.url.host));
    await discard(response);
    this.challenge = response.headers.get('www-authenticate');
    if (response.status === 200) return 'answers, and asks for no credentials';
    if (response.status === 401) return 'answers, and asks for credentials';
    throw new Stop(
      `answered ${response.status} where the API of a registry is expected`,
      'Check host and port: something else may listen there.',
    );
  }

  async credentials(): Promise<string | null> {
    if (this.challenge === null) return null;
    if ((await this.known(this.url.host)) === null) {
      if (/bearer/i.test(this.challenge)) return 'none are stored: anonymous access';
      throw new Stop('asks for credentials and none are stored for it', this.howToStore());
    }
    const authorization = new Authorization(this.url.host, this.transport, this.known, SILENCE_MS);
    const header = await authorization.answer(this.challenge, [], this.signal);
    const response = await this.get({ authorization: header });
    await discard(response);
    if (response.status === 200) return 'are accepted';
    throw refusal(this.host, `they were answered with ${response.status}`);
  }

  /** Says what to do where the registry refuses; other troubles go on as they are. */
  async asking<T>(meaning: string, attempt: () => Promise<T>): Promise<T> {
    return attempt().catch((error: unknown) => {
      if (!(error instanceof KilnError) || error.code !== 'registry_denied' || error.detail === undefined)
        throw error;
      throw new Stop(`refused: ${error.detail}`, `${meaning} ${this.howToStore()}`);
    });
  }

  private howToStore(): string {
    return `Store one that is accepted with \`kiln credentials set registry ${this.host} --username NAME\` (add --project where the project has one of its own).`;
  }

  async pull(path: string): Promise<string> {
    const client = this.client();
    const response = await client.send({
      ...this.request(path, `reading from ${this.host}/${path}`),
      method: 'HEAD',
      target: 'manifests/latest',
      actions: 'pull',
      headers: { accept: MANIFEST_TYPES },
      mayComeFromMirror: true,
      expect: [200, 404],
    });
    if (response.status === 404) return 'allowed; nothing is there under latest';
    const { host } = new URL(response.url);
    const where = host === this.url.host ? '' : `, which the mirror ${host} serves`;
    return `allowed; there is an image under latest${where}`;
  }

  async push(path: string): Promise<string> {
    const client = this.client();
    const common = {
      ...this.request(path, `pushing to ${this.host}/${path}`),
      actions: 'pull,push' as const,
    };
    const target = 'blobs/uploads/';
    const headers = { 'content-length': '0' };
    const begun = await client.send({ ...common, method: 'POST', target, headers, expect: [202] });
    await discard(begun);
    const address = (response: Response, before: URL): URL =>
      new URL(response.headers.get('location') ?? '', before);
    const upload = address(begun, client.address({ repository: common.repository, target }));
    const piece = {
      headers: { 'content-type': 'application/octet-stream', 'content-range': '0-0' },
      body: Buffer.from('k'),
    };
    const sent = await client.send({ ...common, ...piece, method: 'PATCH', target: upload, expect: [202] });
    await discard(sent);
    const statuses = [200, 202, 204, 400, 404, 405];
    await discard(
      await client.send({ ...common, method: 'DELETE', target: address(sent, upload), expect: statuses }),
    );
    return 'allowed; an upload was begun and given up';
  }

  private request(path: string, doing: string) {
    return { repository: `${this.host}/${path}`, doing, signal: this.signal };
  }

  private client(): RegistryClient {
    return new RegistryClient(this.transport, this.known, LIMITS);
  }

  private async get(headers: Record<string, string>): Promise<Response> {
    const signal = timeLimit(LIMITS.answerTimeoutMs, this.signal);
    const response = await this.transport
      .fetch(this.url, { headers, redirect: 'manual', signal })
      .catch((error: unknown) => {
        const told = unreachable(this.url.host, 'its API', error);
        if (told.code === 'host_not_allowed') throw told;
        return this.fail(error);
      });
    return response;
  }

  private fail(error: unknown): never {
    if (error instanceof KilnError) throw error;
    const reason = reasonOf(error);
    throw new Stop(`failed (${reason})`, remedyFor(reason, this.url.host));
  }
}
