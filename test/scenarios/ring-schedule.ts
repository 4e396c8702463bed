import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { TestKiln } from './kiln.js';

/** Has a Schedule of the Kiln start now what it starts by the clock. */
export async function ringSchedule(kiln: TestKiln, scheduleId: string): Promise<void> {
  const file = join(kiln.stateFolder, 'services', 'temporal.json');
  const { ports } = JSON.parse(readFileSync(file, 'utf8')) as { ports: { grpc: number } };
  const connection = await Connection.connect({ address: `127.0.0.1:${ports.grpc}` });
  try {
    const { temporal_namespace: namespace } = await kiln.json<{ temporal_namespace: string }>(
      'GET',
      '/v1/installation',
    );
    await new Client({ connection, namespace }).schedule.getHandle(scheduleId).trigger();
  } finally {
    await connection.close();
  }
}
