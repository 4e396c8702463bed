import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

const GATE = fileURLToPath(new URL('./gate.js', import.meta.url));

/** Where a way out of a closed network begins: an address on its loopback interface. */
export interface WayIn {
  readonly address: string;
  readonly port: number;
}

/**
 * Serves a unix socket, on which nobody but root of the host can ask. The hook says the process whose network namespace was made
 * (`process <pid>`) and is answered when the gate listens there; the gate says the number of a way (`way <index>`), and `serve` gets the
 * connection.
 */
export async function serveWays<Way extends WayIn>(
  ways: readonly Way[],
  socketPath: string,
  serve: (way: Way, socket: Socket) => void,
): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    void firstLine(socket).then(async (line) => {
      const [what, number] = line.split(' ');
      if (what === 'process') {
        await startGate(Number(number), ways, socketPath);
        socket.end('open\n');
        return;
      }
      const way = ways[Number(number)];
      if (way === undefined) socket.destroy();
      else serve(way, socket);
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');
}

/** argv of the hook that a container runs once its network is there. */
export function hookArguments(socketPath: string): string[] {
  return [process.execPath, fileURLToPath(new URL('./hook.js', import.meta.url)), socketPath];
}

async function startGate(pid: number, ways: readonly WayIn[], socketPath: string): Promise<void> {
  const gate = spawn(
    'nsenter',
    ['--net', `--target=${pid}`, process.execPath, GATE, socketPath, JSON.stringify(ways)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await Promise.race([once(gate.stdout, 'data'), once(gate, 'close')]);
}

/** Reads up to the first line feed; what comes behind it stays in the socket. */
export async function firstLine(socket: Socket): Promise<string> {
  let read = Buffer.alloc(0);
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      await once(socket, 'readable');
      if (socket.destroyed || socket.readableEnded) return '';
      continue;
    }
    read = Buffer.concat([read, chunk]);
    const end = read.indexOf(10);
    if (end === -1) continue;
    const rest = read.subarray(end + 1);
    if (rest.length > 0) socket.unshift(rest);
    return read.subarray(0, end).toString();
  }
}

/** Passes bytes both ways until either side ends. */
export function pass(left: Socket, right: Socket): void {
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroySoon());
    from.pipe(to);
  }
}
