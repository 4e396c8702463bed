/** Stands in a text for what only the builder knows. */
export const UNKNOWN = '\uFFFC';

/** The server that a source names. */
export interface RemoteHost {
  readonly scheme: 'http' | 'https' | 'ssh' | 'git';
  /** Name or IPv4 address in lower case, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What a source of ADD is: something of the context, a server, or what nobody could judge and why. */
export type ReadSource =
  | { readonly kind: 'local' }
  | { readonly kind: 'remote'; readonly host: RemoteHost }
  | { readonly kind: 'unclear'; readonly why: string };

const PORTS = { http: 80, https: 443, ssh: 22, git: 9418 } as const;
const URL_FORM = /^(https?|ssh|git):\/\/([^/?#]*)/i;
/** `user@host:path`, as git has it for ssh (moby/buildkit util/sshutil). */
const SHORT_SSH = /^[\w-]+@([A-Za-z0-9.-]+):/;
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::(\d{1,5}))?$/;

/** Reads a source whose variables are filled in. What BuildKit might take for a server is one here. */
export function readRemote(source: string): ReadSource {
  const short = SHORT_SSH.exec(source);
  if (short !== null)
    return { kind: 'remote', host: { scheme: 'ssh', host: (short[1] ?? '').toLowerCase(), port: PORTS.ssh } };
  const [, scheme, authority = ''] = URL_FORM.exec(source) ?? [];
  if (scheme === undefined) return { kind: 'local' };
  return readAuthority(scheme.toLowerCase() as RemoteHost['scheme'], authority);
}

function readAuthority(scheme: RemoteHost['scheme'], authority: string): ReadSource {
  const at = authority.lastIndexOf('@');
  if (at !== -1 && (scheme !== 'ssh' || authority.slice(0, at).includes(':'))) {
    return unclear(
      'which holds a user name or password: everybody who has the image could read it. Fetch it in a RUN step with --mount=type=secret.',
    );
  }
  if (authority.includes(UNKNOWN)) {
    return unclear(
      'whose host only the builder would know: write the host out, or give it as a build argument.',
    );
  }
  const [match, v6, name = '', port] = AUTHORITY.exec(authority.slice(at + 1).toLowerCase()) ?? [];
  if (match === undefined) return unclear('which has a host or port that cannot be read.');
  return { kind: 'remote', host: { scheme, host: v6 ?? name, port: Number(port ?? PORTS[scheme]) } };
}

function unclear(why: string): ReadSource {
  return { kind: 'unclear', why };
}
