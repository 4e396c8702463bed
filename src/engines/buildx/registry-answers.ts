import { connect } from 'node:net';

/**
 * Whether a registry answers anything, be it a refusal. BuildKit waits five minutes for one that takes connections and says nothing, and where it
 * is to write there too it waits on, and other builds of the tenant with it (seen with 0.18). A server of TLS ends such a connection at once.
 */
export function answers(
  { host, port }: { readonly host: string; readonly port: number },
  withinMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (does: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(does);
    };
    const timer = setTimeout(() => end(false), withinMs);
    socket.once('connect', () =>
      socket.write(`GET /v2/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.once('data', () => end(true));
    socket.once('error', () => end(true));
    socket.once('close', () => end(true));
  });
}
