import { randomInt } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { KilnError } from '../../domain/errors.js';

/** Tells whether all of these loopback ports can be bound now. */
export async function areFree(ports: Readonly<Record<string, number>>): Promise<boolean> {
  const free = await Promise.all(Object.values(ports).map(isPortFree));
  return free.every(Boolean);
}

async function isPortFree(port: number): Promise<boolean> {
  return (await bindOnce(port)) !== undefined;
}

export interface PortWishes<N extends string> {
  /** Ports that were asked for: an error when one is taken. */
  readonly wanted: Partial<Record<N, number>>;
  /** Those of the last time, waited for a little while when they are taken. */
  readonly remembered: Readonly<Record<string, number>>;
  /** Whether a remembered port that stays taken is an error too. */
  readonly mustKeep: boolean;
}

/** Above what programs usually listen on, below what systems give to outgoing connections, one of which may hold a port for long. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;
const WAIT_FOR_REMEMBERED_MS = 5_000;

/** Chooses a loopback port for each name: the wanted one, else the remembered one, else a free one. Throws `service_start_failed`. */
export async function choosePorts<N extends string>(
  names: readonly N[],
  { wanted, remembered, mustKeep }: PortWishes<N>,
): Promise<Record<N, number>> {
  const chosen = {} as Record<N, number>;
  for (const name of names) {
    const isWanted = wanted[name] !== undefined;
    const port = wanted[name] ?? remembered[name];
    if (port === undefined) chosen[name] = await anyFreePort();
    else if (await (isWanted ? isPortFree(port) : isFreeSoon(port))) chosen[name] = port;
    else if (isWanted || mustKeep) throw taken(port, isWanted);
    else chosen[name] = await anyFreePort();
  }
  return chosen;
}

function taken(port: number, isWanted: boolean): KilnError {
  return new KilnError('service_start_failed', {
    message: isWanted
      ? `Port ${port} is taken by another process. Free it or configure another port.`
      : `Port ${port}, which is part of the names of the images built here, is taken by another process. Free it and start again; \`ss -ltnp\` shows who listens on it.`,
  });
}

async function isFreeSoon(port: number): Promise<boolean> {
  const deadline = Date.now() + WAIT_FOR_REMEMBERED_MS;
  while (!(await isPortFree(port))) {
    if (Date.now() > deadline) return false;
    await sleep(100);
  }
  return true;
}

async function anyFreePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = await bindOnce(FIRST_PORT + randomInt(PORT_COUNT));
    if (port !== undefined) return port;
  }
  const free = await bindOnce(0);
  if (free === undefined)
    throw new KilnError('service_start_failed', { message: 'No loopback port is free on this machine.' });
  return free;
}

function bindOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const bound = (server.address() as AddressInfo).port;
      server.close(() => resolve(bound));
    });
  });
}
