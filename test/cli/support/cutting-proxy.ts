import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A line to a server that counts what goes up, and breaks where the test says. */
export interface CuttingProxy {
  readonly url: string;
  /** Bytes that went up since the start or the last reset. */
  bytesUp(): number;
  /** First lines of the requests, without the version. */
  requests(): readonly string[];
  reset(): void;
  /** Breaks the connection that carries the byte of this number, once. */
  cutAfter(bytes: number, onCut?: () => void): void;
  /** Breaks each connection after so many bytes. */
  cutEvery(bytes: number): void;
  /** After each break nothing more is passed on until this is so, however slow the server is. */
  afterCut(isSettled: () => boolean): void;
  /** Called before the first bytes of such a request are passed on. */
  onRequest(start: string, listener: () => void, times?: 'once'): void;
  close(): Promise<void>;
}

export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let up = 0;
  let requests: string[] = [];
  let cut: { at: number; onCut: () => void } | null = null;
  let every = Infinity;
  let isSettled = (): boolean => true;
  let settled: Promise<void> = Promise.resolve();
  let watched: { start: string; listener: () => void; once: boolean } | null = null;

  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    let own = 0;
    let isBroken = false;
    const end = (): void => {
      if (isBroken) return;
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => (sockets.delete(socket), end()));
      socket.on('error', end);
    }
    const pass = (bytes: Buffer): void => {
      noteRequests(bytes);
      up += bytes.length;
      own += bytes.length;
      const isCut = cut !== null && up >= cut.at;
      /* No more is taken than is passed on: what counts as gone up has left this place. */
      if (far.write(bytes)) near.resume();
      else far.once('drain', () => near.resume());
      if (!isCut && own < every) return;
      if (isCut) {
        cut?.onCut();
        cut = null;
      }
      settled = until(isSettled);
      /* What was passed on arrives before the end. */
      isBroken = true;
      near.destroy();
      far.end();
    };
    near.on('data', (bytes: Buffer) => {
      near.pause();
      void settled.then(() => (isBroken || near.destroyed ? undefined : pass(bytes)));
    });
    far.on('data', (bytes: Buffer) => near.write(bytes));
  });
  const noteRequests = (bytes: Buffer): void => {
    const line = /^(GET|PUT|POST|PATCH) (\S+) HTTP\/1\.1\r\n/.exec(bytes.subarray(0, 400).toString('latin1'));
    if (line === null) return;
    const request = `${line[1]} ${line[2]}`;
    requests.push(request);
    if (watched === null || !request.startsWith(watched.start)) return;
    watched.listener();
    if (watched.once) watched = null;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytesUp: () => up,
    requests: () => requests,
    reset: () => ([up, requests] = [0, []]),
    cutAfter: (at, onCut = () => undefined) => (cut = { at: up + at, onCut }),
    cutEvery: (bytes) => (every = bytes),
    afterCut: (check) => (isSettled = check),
    onRequest: (start, listener, times) => (watched = { start, listener, once: times === 'once' }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}
