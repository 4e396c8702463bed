import { type AddressInfo, createServer } from 'node:net';
import { KilnError } from '../../domain/errors.js';

/** Tells whether all of these loopback ports can be bound now. */
export async function areFree(ports: Readonly<Record<string, number>>): Promise<boolean> {
  const free = await Promise.all(Object.values(ports).map(isPortFree));
  return free.every(Boolean);
}

async function isPortFree(port: number): Promise<boolean> {
  return (await bindOnce(port)) !== undefined;
}

/**
 * Chooses a loopback port for each name: the wanted one (an error when it is taken), else the remembered one if it is
 * still free, else any free one.
 */
export async function choosePorts<N extends string>(
  names: readonly N[],
  wanted: Partial<Record<N, number>>,
  remembered: Readonly<Record<string, number>>,
): Promise<Record<N, number>> {
  const chosen = {} as Record<N, number>;
  for (const name of names) chosen[name] = await choosePort(wanted[name], remembered[name]);
  return chosen;
}

async function choosePort(wanted: number | undefined, remembered: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    if (await isPortFree(wanted)) return wanted;
    throw new KilnError('service_start_failed', {
      message: `Port ${wanted} is taken by another process. Free it or configure another port.`,
    });
  }
  if (remembered !== undefined && (await isPortFree(remembered))) return remembered;
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
