import { setTimeout as sleep } from 'node:timers/promises';
import { getWorker } from '../contracts/worker-operations.js';
import type { Worker } from '../contracts/workers.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import type { ConnectionOptions } from './options.js';

const LOOK_MS = 1_000;

/** Resolves when no build runs on the worker any more. Ctrl-C leaves it draining. */
export async function waitUntilDrained(
  cli: Cli,
  worker: string,
  options: ConnectionOptions,
): Promise<Worker> {
  const client = connect(cli, options);
  for (;;) {
    const {
      builds: _builds,
      intervals: _intervals,
      ...now
    } = await client.call(getWorker, { params: { worker } });
    if (now.running === 0) return now;
    await sleep(LOOK_MS);
  }
}
