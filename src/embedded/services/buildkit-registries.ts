import type { RegistryMirror } from '../../domain/network/mirrors.js';

/** What BuildKit must know of the way to registries, each `host[:port]`. */
export interface BuildkitRegistries {
  readonly plainHttp: readonly string[];
  /** Files (absolute paths) with the certificates that vouch for a registry; these speak TLS. */
  readonly certificates: Readonly<Record<string, string>>;
  readonly mirrors: readonly RegistryMirror[];
}

export const NO_REGISTRIES: BuildkitRegistries = { plainHttp: [], certificates: {}, mirrors: [] };

/** The tables `[registry."host"]` of buildkitd.toml, one a registry. */
export function registryTables({ plainHttp, certificates, mirrors }: BuildkitRegistries): string[] {
  const named = [...plainHttp, ...Object.keys(certificates), ...mirrors.map(({ registry }) => registry)];
  return [...new Set(named)].flatMap((registry) => {
    const authority = certificates[registry];
    const own = mirrors.filter((one) => one.registry === registry).map(({ mirror }) => mirror);
    return [
      `[registry.${JSON.stringify(registry)}]`,
      // Said outright, since BuildKit speaks plain HTTP on the loopback interface of itself.
      ...(authority === undefined
        ? plainHttp.includes(registry)
          ? ['http = true']
          : []
        : ['http = false', `ca = [${JSON.stringify(authority)}]`]),
      ...(own.length === 0 ? [] : [`mirrors = [${own.map((mirror) => JSON.stringify(mirror)).join(', ')}]`]),
    ];
  });
}
