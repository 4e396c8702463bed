import { dirname, join } from 'node:path';
import type { SupervisorConfig } from '../config.js';
import { KilnError } from '../domain/errors.js';
import type { Proxies } from '../domain/network/proxy.js';
import type { EngineHost } from '../ports/engine.js';

/** What this host offers to engines. `secured` are the registries with a certificate in KILN_REGISTRY_CA_DIR, `programs` what `findPrograms` found. */
export function engineHost(
  config: SupervisorConfig,
  secured: Iterable<string>,
  programs: EngineHost['programs'],
): EngineHost {
  const folder = config.registryCaDir ?? '';
  return {
    programs: {
      ...programs,
      ...(config.kanikoPath !== undefined && { kaniko: config.kanikoPath }),
      ...(config.lifecyclePath !== undefined && besideLifecycle(config.lifecyclePath)),
    },
    // Each run is given that of its tenant.
    buildkitAddress: null,
    egressGroupId: config.egressGroup ?? null,
    registryMirrors: config.registryMirrors,
    insecureRegistries: config.insecureRegistries,
    registryCertificates: Object.fromEntries(
      [...secured].map((registry) => [registry, join(folder, `${registry}.pem`)]),
    ),
    proxyVariables: proxyVariables(config.proxies),
    passesProxies: passesProxies(config),
    runNetwork: config.buildNetwork,
    allowsHostNetwork: config.hostNetwork,
    buildkitJoinsGroups: config.buildkitJoinsGroups,
  };
}

/** The programs of the method paketo lie in one folder. */
function besideLifecycle(lifecycle: string): Record<string, string> {
  const folder = dirname(lifecycle);
  return { lifecycle, launcher: join(folder, 'launcher'), crane: join(folder, 'crane') };
}

/** In capitals and small letters, since programs differ in which they read. */
function proxyVariables({ http, https, direct }: Proxies): Record<string, string> {
  const values = { HTTP_PROXY: http, HTTPS_PROXY: https, NO_PROXY: direct.join(',') || null };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null
        ? []
        : [
            [name, value],
            [name.toLowerCase(), value],
          ],
    ),
  );
}

/** Build arguments are seen by every RUN step and stand in an argv: a password is not for them, nor a token in the place of a user. */
function passesProxies({ passProxies, proxies }: SupervisorConfig): boolean {
  const hasCredentials = [proxies.http, proxies.https].some((url) => {
    const { username, password } = new URL(url ?? 'http://none');
    return username !== '' || password !== '';
  });
  if (!passProxies || !hasCredentials) return passProxies;
  throw new KilnError('config_invalid', {
    message:
      'KILN_PASS_PROXIES: the address of a proxy holds a user or password, which every RUN step would see. Use a proxy without for builds, or leave this off.',
  });
}
