import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';
import { KilnError } from '../../domain/errors.js';
import { parseAddress } from '../../domain/network/address.js';

const TIMEOUT_MS = 8_000;

/** The addresses of a host; raises the resolver's error. */
export async function addressesOf(name: string): Promise<string[]> {
  const bare = name.replace(/^\[|\]$/g, '');
  if (parseAddress(bare) !== null) return [bare];
  return (await lookup(bare, { all: true })).map(({ address }) => address);
}

/** Resolves once something listens there; raises the system's error. */
export async function touchPort(address: string, port: number): Promise<void> {
  (await opened(connect({ host: address, port }), 'connect')).destroy();
}

/** Speaks TLS far enough to judge the certificate; gives its last day. Raises the error of TLS. */
export async function touchTls(
  name: string,
  address: string,
  port: number,
  authority: string | undefined,
): Promise<string> {
  const bare = name.replace(/^\[|\]$/g, '');
  const socket = connectTls({
    host: address,
    port,
    ...(parseAddress(bare) === null ? { servername: bare } : {}),
    ...(authority === undefined ? {} : { ca: [...rootCertificates, authority] }),
  });
  await opened(socket, 'secureConnect');
  const until = socket.getPeerCertificate().valid_to;
  socket.destroy();
  return until;
}

function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(TIMEOUT_MS, () =>
      socket.destroy(new KilnError('registry_unreachable', { message: 'There was no answer in time.' })),
    );
    socket.once(event, () => resolve(socket));
    socket.once('error', reject);
  });
}
