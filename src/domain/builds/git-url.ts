import { KilnError } from '../errors.js';

/**
 * Address of a git repository in its one spelling: `https://host[:port]/path`, `http://...`, `ssh://user@host[:port]/path`, or
 * `user@host:path` where the path begins in the user's home. Holds no secret.
 */
export type GitUrl = string & { readonly [brand]: true };

declare const brand: unique symbol;

/** The parts of a git URL. */
export interface GitRemote {
  readonly url: GitUrl;
  readonly protocol: 'https' | 'http' | 'ssh';
  /** Name in lower case, IPv4 address, or IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Who to be on the server; `git` where an ssh URL names nobody, null for the others. */
  readonly user: string | null;
  /** As the server is asked for it: without a leading slash where it begins in the home of an ssh user. */
  readonly path: string;
}

const MAX_LENGTH = 2000;
const DEFAULT_PORTS = { https: 443, http: 80, ssh: 22 } as const;

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/s;
/** The short form of ssh: `[user@]host:path`. */
const SHORT_SSH = /^(?:([^@/:]+)@)?([^@/:[\]]+|\[[^\]]*\]):(?!\/\/)(.+)$/s;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;
const IPV6 = /^[0-9a-f:.]{2,45}$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
/** What no shell, no configuration file and no URL parser reads as more than a letter. */
const PATH = /^[A-Za-z0-9._~%+@:,=/-]+$/;
const HELPER = /^[A-Za-z0-9.+-]*::/;

/**
 * Reads the address of a repository; the short form of ssh (`git@host:path`) counts as an ssh URL. Raises `invalid_request` that says
 * what is wrong, and never repeats the part in which a password may stand.
 */
export function parseGitUrl(text: string): GitRemote {
  if (text === '' || text.length > MAX_LENGTH) throw wrong(`has to have 1 to ${MAX_LENGTH} characters`);
  if (text.startsWith('-')) throw wrong('may not begin with "-"');
  if (/[\u0000-\u0020\u007f\\]/.test(text)) {
    throw wrong('may hold no space, control character or backslash');
  }
  if (HELPER.test(text)) throw foreign(`${(/^[^:]*/.exec(text) ?? [''])[0]}::`);
  const withScheme = SCHEME.exec(text);
  if (withScheme !== null) return parseLong((withScheme[1] ?? '').toLowerCase(), withScheme[2] ?? '');
  const short = SHORT_SSH.exec(text);
  if (short !== null && !/^[./~]/.test(text)) {
    const [, user, host = '', path = ''] = short;
    if (/^\d+\//.test(path)) {
      throw wrong('reads as a port in the short form of ssh: write ssh://user@host:port/path');
    }
    return remote('ssh', { user: user ?? null, host, port: null, path });
  }
  throw wrong('names no server: write https://host/path, ssh://user@host/path or user@host:path');
}

/**
 * Reads the URL of a submodule, which may be relative (`../other.git`) to the repository it is named in. Raises `invalid_request`.
 */
export function parseSubmoduleUrl(parent: GitRemote, text: string): GitRemote {
  if (!/^\.\.?\//.test(text)) return parseGitUrl(text);
  const root = parent.path.startsWith('/') ? '/' : '';
  const kept = parent.path.slice(root.length).split('/');
  const added = text.split('/');
  while (added[0] === '.' || added[0] === '..') {
    if (added.shift() === '..' && kept.pop() === undefined) throw wrong('leads out of its server');
  }
  return remote(parent.protocol, {
    ...parent,
    host: bracketed(parent.host),
    path: root + [...kept, ...added].join('/'),
  });
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function parseLong(scheme: string, rest: string): GitRemote {
  const protocol = scheme === 'git+ssh' || scheme === 'ssh+git' ? 'ssh' : scheme;
  if (protocol !== 'https' && protocol !== 'http' && protocol !== 'ssh') throw foreign(`${scheme}://`);
  if (/[?#]/.test(rest)) {
    throw wrong('may hold no "?" and no "#": branch, tag or commit go into "ref", a folder into "folder"');
  }
  const slash = rest.indexOf('/');
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const at = authority.lastIndexOf('@');
  const userinfo = at === -1 ? null : authority.slice(0, at);
  if (userinfo !== null && (protocol !== 'ssh' || userinfo.includes(':'))) throw credentials();
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(authority.slice(at + 1));
  if (match === null) throw wrong('has a host or port that cannot be read');
  const [, host = '', port] = match;
  return remote(protocol, {
    user: userinfo,
    host,
    port: port === undefined ? null : Number(port),
    path: slash === -1 ? '' : rest.slice(slash),
  });
}

function remote(
  protocol: GitRemote['protocol'],
  parts: { user: string | null; host: string; port: number | null; path: string },
): GitRemote {
  const user = protocol === 'ssh' ? (parts.user ?? 'git') : null;
  if (user !== null && !USER.test(user)) throw wrong('has a user name that ssh does not take');
  const host = parseHost(parts.host);
  const port = parts.port ?? DEFAULT_PORTS[protocol];
  if (port < 1 || port > 65_535) throw wrong('has a port that does not exist');
  const path = parsePath(parts.path);
  if (!path.startsWith('/'))
    return { url: `${user}@${bracketed(host)}:${path}` as GitUrl, protocol, host, port, user, path };
  const shownPort = port === DEFAULT_PORTS[protocol] ? '' : `:${port}`;
  const shownUser = user === null ? '' : `${user}@`;
  const url = `${protocol}://${shownUser}${bracketed(host)}${shownPort}${path}` as GitUrl;
  return { url, protocol, host, port, user, path };
}

/** A name whose last part is a number is an address to the system's resolver in some odd notation, so it has to be a plain IPv4 one. */
function parseHost(text: string): string {
  const host = text.toLowerCase();
  if (host.startsWith('[')) {
    const address = host.slice(1, -1);
    if (host.endsWith(']') && IPV6.test(address) && address.includes(':')) return address;
    throw wrong('has an IPv6 address that cannot be read');
  }
  if (IPV4.test(host)) return host;
  const labels = host.split('.');
  const isNumeric = /^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '');
  if (host.length > 253 || isNumeric || !labels.every((label) => LABEL.test(label))) {
    throw wrong('has no usable host name');
  }
  return host;
}

function parsePath(text: string): string {
  const path = text.replace(/\/+$/, '');
  if (path === '') throw wrong('names a server but no repository');
  if (!PATH.test(path)) {
    throw wrong('may hold letters, digits and . _ ~ % + @ : , = / - in its path; write others as %xx');
  }
  const parts = path.replace(/^\//, '').split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.startsWith('-'))) {
    throw wrong('may have no empty part, no "." or ".." and no part that begins with "-" in its path');
  }
  if (/%(?:0[0-9a-f]|1[0-9a-f]|7f|2e|2f|5c)/i.test(path) || /%(?![0-9a-f]{2})/i.test(path)) {
    throw wrong('may hold no escaped control character, dot or slash in its path');
  }
  return path;
}

function wrong(what: string): KilnError {
  return new KilnError('invalid_request', { message: `The URL of the git repository ${what}.` });
}

function foreign(scheme: string): KilnError {
  return wrong(
    `may not begin with ${JSON.stringify(scheme.slice(0, 40))}: only https://, http:// and ssh are allowed`,
  );
}

function credentials(): KilnError {
  return wrong(
    'may hold no user name or password: store them with `kiln credentials set`, they are bound to their host there',
  );
}
