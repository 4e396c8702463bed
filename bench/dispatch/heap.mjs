import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'undici';

/** For the environment of a measured process: any free port of loopback for Node's inspector, which SIGUSR1 opens, and nothing else. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };

const OPENS_WITHIN_MS = 20_000;
const LOOK_MS = 100;
const USED = `JSON.stringify((({ heapUsed, external }) => heapUsed + external)(process.memoryUsage()))`;

/**
 * Bytes in use by a process of ours once its garbage is collected: objects and the buffers behind them. `threads` is what its worker threads
 * have in theirs. Nothing in the process knows of this: it is Node's own inspector that collects and counts.
 */
export async function heapOf({ pid, logFile }) {
  const session = await openSession(await inspectorOf(pid, logFile));
  try {
    const main = await collected(session.send);
    let threads = 0;
    for (const ask of await session.threads()) threads += (await unlessGone(collected(ask))) ?? 0;
    return { main, threads };
  } finally {
    session.close();
  }
}

/** A thread that ends meanwhile keeps nothing. */
function unlessGone(figure) {
  return figure.catch((error) => {
    if (error instanceof ThreadGone) return null;
    throw error;
  });
}

class ThreadGone extends Error {}

/** Twice: what the first collection leaves to finalizers is garbage for the second. */
async function collected(send) {
  for (let round = 0; round < 2; round += 1) await send('HeapProfiler.collectGarbage');
  const { result } = await send('Runtime.evaluate', { expression: USED, returnByValue: true });
  return Number(result.value);
}

/** The address of the inspector of a process, which says it in its log when it opens. */
async function inspectorOf(pid, logFile) {
  const known = () => {
    const said = [...readFileSync(logFile, 'utf8').matchAll(/^Debugger listening on (ws:\/\/\S+)$/gm)];
    return said.at(-1)?.[1];
  };
  const address = known();
  if (address !== undefined) return address;
  process.kill(pid, 'SIGUSR1');
  for (const untilMs = Date.now() + OPENS_WITHIN_MS; Date.now() < untilMs; await sleep(LOOK_MS)) {
    const opened = known();
    if (opened !== undefined) return opened;
  }
  throw new Error(`The inspector of process ${pid} did not open: see ${logFile}.`);
}

async function openSession(address) {
  const socket = new WebSocket(address);
  const waiting = new Map();
  const threads = new Set();
  const drop = (sessionId) => {
    threads.delete(sessionId);
    for (const [key, { reject }] of waiting) {
      if (!key.startsWith(`${sessionId} `)) continue;
      waiting.delete(key);
      reject(new ThreadGone());
    }
  };
  const take = ({ id, result, error }, place) => {
    const { resolve, reject } = waiting.get(`${place} ${id}`) ?? {};
    waiting.delete(`${place} ${id}`);
    if (error === undefined) resolve?.(result);
    else reject?.(new Error(error.message));
  };
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    const { sessionId } = message.params ?? {};
    if (message.method === 'NodeWorker.attachedToWorker') threads.add(sessionId);
    else if (message.method === 'NodeWorker.detachedFromWorker') drop(sessionId);
    else if (message.method === 'NodeWorker.receivedMessageFromWorker')
      take(JSON.parse(message.params.message), sessionId);
    else if (message.id !== undefined) take(message, 'main');
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`${address} does not answer.`)));
  });
  let last = 0;
  const ask = (place, pass) => (method, params) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(`${place} ${last}`, { resolve, reject });
      pass({ id: last, method, params });
    });
  const send = ask('main', (message) => socket.send(JSON.stringify(message)));
  return {
    send,
    /** A way to ask each worker thread. */
    async threads() {
      await send('NodeWorker.enable', { waitForDebuggerOnStart: false });
      return [...threads].map((sessionId) =>
        ask(sessionId, (message) => {
          const passed = { sessionId, message: JSON.stringify(message) };
          send('NodeWorker.sendMessageToWorker', passed).catch(() => drop(sessionId));
        }),
      );
    },
    close: () => socket.close(),
  };
}
