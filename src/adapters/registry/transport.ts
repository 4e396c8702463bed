import { Agent, buildConnector, Dispatcher, fetch as undiciFetch, ProxyAgent, request } from 'undici';
import { lookup } from 'node:dns/promises';
import { rootCertificates } from 'node:tls';
import { mirrorsOf, type RegistryMirror } from '../../domain/network/mirrors.js';
import { isInsecureRegistry } from '../../domain/images/registry-host.js';
import { parseAddress } from '../../domain/network/address.js';
import type { Network } from '../../domain/network/cidr.js';
import { NO_PROXIES, type Proxies, proxyFor } from '../../domain/network/proxy.js';
import { permittedAddresses } from '../../domain/network/reach.js';
import { checkedLookup } from './checked-lookup.js';

/** What an operator says about the way to registries. Hosts are `host[:port]` as image references have them. */
export interface TransportOptions {
  /** The registry of the installation; reached wherever it lies. */
  readonly ownHost?: string | null;
  /** Registries that speak plain HTTP; reached wherever they lie. */
  readonly insecureHosts?: readonly string[];
  /** Networks besides the public ones in which registries may lie. */
  readonly allowedNetworks?: readonly Network[];
  /** Certificates (PEM) of the authorities that vouch for a host, besides the well-known ones. */
  readonly certificates?: ReadonlyMap<string, string>;
  readonly mirrors?: readonly RegistryMirror[];
  readonly proxies?: Proxies;
}

/** How requests get to registries. */
export interface RegistryTransport {
  isPlainHttp(host: string): boolean;
  /** The mirrors of a registry (`host[:port][/path]`), in the order in which they are asked. */
  mirrorsOf(host: string): readonly string[];
  /** Raises `host_not_allowed` for a registry whose name is an address that may not be reached. Asks nobody. */
  judge(host: string): void;
  /**
   * Raises `host_not_allowed` for a registry that may not be reached, before another program goes there. A name that cannot be
   * resolved here is left to that program.
   */
  refuse(host: string): Promise<void>;
  isProxied(url: URL): boolean;
  /** As the global `fetch`; a host that may not be reached is `host_not_allowed` somewhere in the error's causes. */
  fetch(url: URL, init: RequestInit): Promise<Response>;
}

/** Opens the way to registries: certificates by host, proxies, and no connection to an address that is not permitted. */
export function openTransport(options: TransportOptions = {}): RegistryTransport {
  const certificates = options.certificates ?? new Map<string, string>();
  const insecure = options.insecureHosts ?? [];
  const dispatcher = new Routes(options, certificates);
  return {
    isPlainHttp: (host) => isInsecureRegistry(host, insecure, [...certificates.keys()]),
    mirrorsOf: (host) => mirrorsOf(host, options.mirrors ?? []),
    isProxied: (url) => dispatcher.proxyOf(url) !== null,
    judge: (host) => dispatcher.judge(new URL(`https://${host}`)),
    refuse: (host) => dispatcher.refuse(host),
    fetch: (url, init) =>
      init.body instanceof Uint8Array && init.redirect === 'manual'
        ? sendBytes(url, { ...init, body: init.body }, dispatcher)
        : (undiciFetch(url, { ...(init as object), dispatcher }) as unknown as Promise<Response>),
  };
}

const MAX_ANSWER_BYTES = 1024 * 1024;

/** Sends bytes as they are: fetch copies what it sends, which shows where an image is pushed in large pieces. */
async function sendBytes(
  url: URL,
  { method = 'PUT', headers, body, signal }: RequestInit & { readonly body: Uint8Array },
  dispatcher: Dispatcher,
): Promise<Response> {
  const answer = await request(url, {
    method: method as Dispatcher.HttpMethod,
    headers: Object.fromEntries(new Headers(headers)),
    body,
    signal: signal ?? null,
    dispatcher,
  });
  const { statusCode: status, body: rest } = answer;
  const given = Object.entries(answer.headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  );
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of rest as AsyncIterable<Uint8Array>) {
    size += part.byteLength;
    // What a registry says to what it was sent is short; the rest of anything else is let go.
    if (size > MAX_ANSWER_BYTES) break;
    parts.push(part);
  }
  const hasBody = ![204, 205, 304].includes(status);
  return new Response(hasBody ? Buffer.concat(parts) : null, { status, headers: given });
}

/** Chooses the way of each request anew, for a redirect may lead to another host. */
class Routes extends Dispatcher {
  private readonly ways = new Map<string, Dispatcher>();
  private readonly named: ReadonlySet<string>;
  private readonly allowed: readonly Network[];
  private readonly proxies: Proxies;

  constructor(
    options: TransportOptions,
    private readonly certificates: ReadonlyMap<string, string>,
  ) {
    super();
    const own = options.ownHost?.replace(/\/.*$/, '');
    this.named = new Set([...(options.insecureHosts ?? []), ...(own === undefined ? [] : [own])]);
    this.allowed = options.allowedNetworks ?? [];
    this.proxies = options.proxies ?? NO_PROXIES;
  }

  override dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandlers): boolean {
    const url = new URL(request.origin ?? '');
    this.judge(url);
    return this.way(url.host, this.isNamed(url), this.proxyOf(url)).dispatch(request, handler);
  }

  judge(url: URL): void {
    if (!this.isNamed(url) && parseAddress(url.hostname) !== null)
      permittedAddresses(url.hostname, [url.hostname], this.allowed);
  }

  async refuse(host: string): Promise<void> {
    const url = new URL(`https://${host}`);
    this.judge(url);
    if (this.isNamed(url) || this.proxyOf(url) !== null) return;
    const found = await lookup(url.hostname, { all: true }).catch(() => []);
    permittedAddresses(
      url.hostname,
      found.map(({ address }) => address),
      this.allowed,
    );
  }

  proxyOf(url: URL): string | null {
    const scheme = url.protocol === 'http:' ? 'http' : 'https';
    return proxyFor({ scheme, host: url.hostname, port: portOf(url) }, this.proxies);
  }

  private isNamed(url: URL): boolean {
    return this.named.has(url.host) || this.named.has(`${url.hostname}:${portOf(url)}`);
  }

  private way(host: string, isNamed: boolean, proxy: string | null): Dispatcher {
    const key = `${host} ${proxy ?? ''}`;
    const known = this.ways.get(key);
    if (known !== undefined) return known;
    const own = this.certificates.get(host);
    const tls = own === undefined ? {} : { ca: [...rootCertificates, own] };
    // What a name stands for behind a proxy is the proxy's to know and to permit.
    const created =
      proxy === null
        ? new Agent({
            connect: buildConnector(isNamed ? tls : { ...tls, lookup: checkedLookup(this.allowed) }),
          })
        : new ProxyAgent({ uri: proxy, requestTls: tls });
    this.ways.set(key, created);
    return created;
  }
}

function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
}
