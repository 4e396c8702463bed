import { timeLimit } from '../domain/time-limit.js';
import { effectiveBuild } from '../contracts/effective-build.js';
import { NewBuild, type NewBuildInput } from '../contracts/new-build.js';
import type { Project } from '../contracts/projects.js';
import { judgeRegistries } from '../contracts/registry-judgements.js';
import { getInstallation } from '../contracts/service.js';
import { nameOfBuildFile, settingLayers } from '../contracts/setting-layers.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { methodNotOffered } from '../domain/builds/method-not-offered.js';
import { KilnError } from '../domain/errors.js';
import { BUILT_IN_LIMITS } from '../domain/limits/effective-limits.js';
import { parseAddress } from '../domain/network/address.js';
import { namingField, registriesOfBuild } from '../domain/secrets/needed-registries.js';
import type { Client } from './client.js';
import { readText } from './http.js';

/** Nothing is worth a longer wait: Kiln judges the build itself in any case. */
const PATIENCE_MS = 5_000;
/** What Kiln permits is for Kiln to say. */
const LIMITS = {
  ...BUILT_IN_LIMITS,
  build_timeout_seconds: { value: Infinity, origin: 'built_in' },
} as const;

/** What build hosts offer; null where none has said anything yet, or Kiln does not answer. */
export type Offered = Promise<readonly BuildMethod[] | null>;

/**
 * Refuses settings of flags, build file and project that do not go together, a method that no build host offers, and registries that no build
 * may go to, before the source is sent. Raises what Kiln would raise. `offered` is what was asked for already, where the request itself names a method.
 */
export async function judgeSettings(
  client: Client,
  request: NewBuildInput,
  project: Project | null,
  { signal, offered }: { readonly signal: AbortSignal; readonly offered: Offered | null },
): Promise<void> {
  const body = NewBuild.parse(request);
  const buildFile = nameOfBuildFile(body) ?? undefined;
  const { method, origins, options, destinations } = effectiveBuild(
    settingLayers(body, project),
    LIMITS,
    buildFile,
    body.source.kind !== 'git',
  );
  const pushedTo = destinations.length > 0 ? destinations : [project?.image_repository ?? []].flat();
  const named = registriesOfBuild({ options, destinations: pushedTo }).map(({ field, host }) => ({
    host,
    field: field === 'destinations' && request.destinations !== undefined ? '-t' : field,
  }));
  await refuseClosedRegistries(client, named, signal);
  if (origins['method'] === 'built_in') return;
  const methods = await (offered ?? askForMethods(client, signal));
  if (methods !== null && !methods.includes(method)) throw methodNotOffered(method);
}

/** Asks what build hosts offer; null as in `Offered`. Raises only what has aborted `signal`. */
export async function askForMethods(
  client: Client,
  signal: AbortSignal,
): Promise<readonly BuildMethod[] | null> {
  try {
    const ending = timeLimit(PATIENCE_MS, signal);
    const response = await client.open(getInstallation, {}, { signal: ending });
    return getInstallation.responses[200].schema.parse(JSON.parse(await readText(response))).methods;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** Asks Kiln about registries that are named by an address; those with names it would let pass without looking. */
async function refuseClosedRegistries(
  client: Client,
  named: ReturnType<typeof registriesOfBuild>,
  signal: AbortSignal,
): Promise<void> {
  const judge = async ({ field, host }: (typeof named)[number]): Promise<void> => {
    try {
      const ending = timeLimit(PATIENCE_MS, signal);
      const answer = await client.open(judgeRegistries, { body: { registries: [host] } }, { signal: ending });
      // An answer that nobody reads keeps the command until its time is up.
      await readText(answer);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof KilnError && error.code === 'host_not_allowed') throw namingField(error, field);
    }
  };
  await Promise.all(named.filter((one) => isAddress(one.host)).map(judge));
}

function isAddress(host: string): boolean {
  return parseAddress(host.replace(/:\d+$/, '')) !== null;
}
