import { readFile } from 'node:fs/promises';

/**
 * Whether a program is connected to a Unix socket that is listened to in this network namespace: the kernel lists its end of every
 * connection under the path of the socket. True where that cannot be read.
 */
export async function isInUse(socketPath: string): Promise<boolean> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => null);
  return table === null || hasConnection(table, socketPath);
}

/** Looks into the text of /proc/net/unix: a state of 2 is a connection that is not accepted yet, 3 one that is. */
export function hasConnection(table: string, socketPath: string): boolean {
  return table.split('\n').some((line) => {
    const [, state, path] = /^(?:\S+ +){5}(\d\d) +\d+ (.*)$/.exec(line) ?? [];
    return path === socketPath && (state === '02' || state === '03');
  });
}
