import { readFile } from 'node:fs/promises';
import { KilnError } from '../../domain/errors.js';

/** A user of the machine that a service runs as. */
export interface ServiceUser {
  readonly name: string;
  readonly userId: number;
  readonly groupId: number;
}

/**
 * PostgreSQL refuses to run as root: as root it runs as the user `postgres`, else `nobody`. Undefined means that this
 * process is not root and services run as its own user.
 */
export async function postgresUser(): Promise<ServiceUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = lines.find((fields) => fields[0] === name);
    if (entry !== undefined) return { name, userId: Number(entry[2]), groupId: Number(entry[3]) };
  }
  throw new KilnError('service_start_failed', {
    message:
      'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody". Create one, or run Kiln as an ordinary user.',
  });
}
