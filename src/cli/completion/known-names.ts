import { listBuilds } from '../../contracts/build-operations.js';
import { listProjects } from '../../contracts/projects.js';
import type { Cli } from '../cli.js';
import { createClient } from '../client.js';
import { resolveConnection } from '../connection.js';
import type { KnownNames, Proposal } from './proposals.js';

/** Who presses Tab does not wait longer. */
const PATIENCE_MS = 1_000;

/** Asks the Kiln that commands would ask. Whatever goes wrong there are no names, and nothing is said. */
export function knownNames(cli: Cli): KnownNames {
  const silent: Cli = { ...cli, stderr: { write: () => true } };
  const ask = async (question: (client: ReturnType<typeof createClient>) => Promise<Proposal[]>) => {
    try {
      const connection = resolveConnection(silent, {});
      return await question(
        createClient({ ...connection, timeoutMs: PATIENCE_MS, firstPatienceMs: 0, patienceMs: 0 }),
      );
    } catch {
      return [];
    }
  };
  return {
    projects: () =>
      ask(async (client) => {
        const { items } = await client.call(listProjects, { query: { limit: '100' } });
        return items.map(({ slug, name }) => ({ value: slug, meaning: name === slug ? '' : name }));
      }),
    builds: () =>
      ask(async (client) => {
        const { items } = await client.call(listBuilds, { query: { limit: '50' } });
        return items.map((build) => ({
          value: `${build.project}#${build.build_number}`,
          meaning: build.status,
        }));
      }),
  };
}
