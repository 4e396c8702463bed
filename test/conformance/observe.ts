import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The digest that a registry serves for `repository:tag`; null when it has none. */
export const served = async (reference: string): Promise<string | null> => {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference)!;
  const accept = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json'];
  const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: [...accept, 'application/vnd.docker.distribution.manifest.v2+json'].join(', ') },
  });
  return answer.headers.get('docker-content-digest');
};

/** What of any build can be seen on this machine once it is over. */
export function remainsOf(stateFolder: string): string[] {
  const inside = `${stateFolder}/supervisor/runs`;
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const commands = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
    } catch {
      return [];
    }
  });
  const workspaces = readdirSync(inside).filter((run) =>
    readdirSync(join(inside, run)).includes('workspace'),
  );
  return [...[...mounts, ...commands].filter((text) => text.includes(inside)), ...workspaces];
}
