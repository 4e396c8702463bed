import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { awaitedLater } from '../../domain/awaited-later.js';
import { KilnError } from '../../domain/errors.js';

const GATE = fileURLToPath(new URL('./gate.js', import.meta.url));

/** Where a way out of a closed network begins: an address on its loopback interface. */
export interface WayIn {
  readonly address: string;
  readonly port: number;
}

type Gate = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };

let gateAhead: Gate | null = null;

/** Starts the gate of the first `openWays` of this process: to start one takes longer than to tell it its ways. */
export function openGateAhead(): void {
  gateAhead ??= startGate();
}

function startGate(): Gate {
  return spawn('unshare', ['--net', '--mount', process.execPath, GATE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  }) as Gate;
}

/**
 * Makes a network namespace that leads nowhere but by these ways: the gate listens in it where they begin, and says the number of a way
 * (`way <index>`) on a unix socket, on which nobody but root of the host can ask; `serve` gets the connection. Gives the path of the
 * namespace for as long as this process lives, once the gate listens. Raises where it cannot.
 */
export async function openWays<Way extends WayIn>(
  ways: readonly Way[],
  socketPath: string,
  serve: (way: Way, socket: Socket) => void,
): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    void firstLine(socket).then((line) => {
      const way = ways[Number(/^way (\d+)$/.exec(line)?.[1])];
      if (way === undefined) socket.destroy();
      else serve(way, socket);
    });
  });
  server.listen(socketPath);
  const isServing = awaitedLater(once(server, 'listening'));
  const gate = gateAhead ?? startGate();
  gateAhead = null;
  gate.stdin.on('error', () => {});
  gate.stdin.end(JSON.stringify({ socketPath, ways }));
  const isOpen = await Promise.race([
    once(gate.stdout, 'data').then(() => true),
    once(gate, 'close').then(() => false),
  ]);
  if (!isOpen)
    throw new KilnError('engine_failed', { message: 'The network of the build could not be made.' });
  // Held by a file of this process: were the gate to end, its number could become that of a process on the network of the host.
  const held = openSync(`/proc/${gate.pid}/ns/net`, 'r');
  await isServing;
  return `/proc/${process.pid}/fd/${held}`;
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
