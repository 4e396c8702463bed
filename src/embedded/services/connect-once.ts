import { connect } from 'node:net';

/** Opens one connection to a loopback port, or to a Unix socket by its path, and closes it. Rejects when it is refused. */
export async function connectOnce(target: number | string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
