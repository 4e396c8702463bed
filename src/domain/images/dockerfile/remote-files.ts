import type { MaterialFile } from '../materials.js';
import { stagesFor } from './needed-images.js';
import type { RegistryOptions } from './registries.js';
import type { RemoteSource } from './remote-sources.js';
import { neededStages } from './stages.js';
import { toldAddresses } from './told-addresses.js';

/**
 * What ADD fetches for the stage that is built and those that it uses, each once. Of its content only `--checksum`, and a commit in a
 * git address, tell anything: no builder says what it has fetched.
 */
export function remoteFiles(
  text: string,
  options: RegistryOptions,
  sources: readonly RemoteSource[],
): MaterialFile[] {
  const needed = neededStages(stagesFor(text, options), options.target);
  const toldOf = toldAddresses(text, options.buildArgs);
  const files = sources.flatMap((source) =>
    source.stage !== null && needed.has(source.stage) ? [materialFile(source, toldOf(source))] : [],
  );
  return [...new Map(files.map((file) => [JSON.stringify(file), file])).values()];
}

function materialFile({ scheme, address, checksum }: RemoteSource, told: string): MaterialFile {
  const [, repository = '', ref = ''] = /^([^#]*)(?:#([^:]*))?/s.exec(address) ?? [];
  const isGit = scheme === 'ssh' || scheme === 'git' || /\.git$/i.test(repository);
  if (!isGit)
    return {
      uri: told.replace(/[?#].*$/s, ''),
      sha256: /^sha256:([0-9a-f]{64})$/.exec(checksum ?? '')?.[1] ?? null,
      commit: null,
    };
  const [commit = null] = [checksum ?? '', ref].filter((one) => /^[0-9a-f]{40}$/.test(one));
  return { uri: `git+${told.replace(/\?[^#]*/, '')}`, sha256: null, commit };
}
