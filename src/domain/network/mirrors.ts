/** A registry that holds copies of another one's images: `mirror` is `host[:port][/path]`, below which they lie. */
export interface RegistryMirror {
  readonly registry: string;
  readonly mirror: string;
}

const HOST = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\\d{1,5})?';
const MIRROR = new RegExp(`^(${HOST})=(${HOST}(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)$`);
/** Names under which Docker Hub is known besides that of its images. */
const DOCKER_HUB = new Set(['index.docker.io', 'registry-1.docker.io']);

/** Reads `docker.io=mirror.example.com:5000/hub`; null for anything else, also for a registry as its own mirror. */
export function parseMirror(text: string): RegistryMirror | null {
  const [, registry = '', mirror = ''] = MIRROR.exec(text.trim()) ?? [];
  if (registry === '' || hostOfMirror(mirror) === registry) return null;
  return { registry: known(registry), mirror };
}

/** The mirrors of a registry (`host[:port]`), in the order in which they are asked. */
export function mirrorsOf(registry: string, mirrors: readonly RegistryMirror[]): string[] {
  return mirrors.filter((one) => one.registry === known(registry)).map(({ mirror }) => mirror);
}

/** These registries and the hosts of their mirrors, each once. */
export function withMirrors(registries: readonly string[], mirrors: readonly RegistryMirror[]): string[] {
  const behind = registries.flatMap((registry) => mirrorsOf(registry, mirrors).map(hostOfMirror));
  return [...new Set([...registries, ...behind])];
}

function hostOfMirror(mirror: string): string {
  return mirror.replace(/\/.*$/, '');
}

function known(registry: string): string {
  return DOCKER_HUB.has(registry) ? 'docker.io' : registry;
}
