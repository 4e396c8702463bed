import { registryOf } from '../../domain/images/registry-host.js';

const METADATA = 'io.buildpacks.builder.metadata';

/** What a builder says of itself (platform specification, "builder"). */
export interface Builder {
  readonly userId: number;
  readonly groupId: number;
  /** NAME=VALUE, as the image has them. */
  readonly env: readonly string[];
  /** Images for applications to stand on, the preferred first, each with its mirrors. */
  readonly runImages: readonly (readonly string[])[];
}

/**
 * Reads the config of an image; a text says what keeps it from being a builder. By hand: what checks schemas takes longer to load than
 * all the rest of the launcher.
 */
export function readBuilder(text: string): Builder | string {
  const config = fieldsOf(fieldsOf(json(text))?.['config']);
  if (config === null) return 'its config cannot be read';
  const env = textsIn(config['Env']);
  const label = fieldsOf(config['Labels'])?.[METADATA];
  if (typeof label !== 'string') return `it has no label ${METADATA}`;
  const metadata = fieldsOf(json(label));
  if (metadata === null) return `its label ${METADATA} cannot be read`;
  const userId = idIn(env, 'CNB_USER_ID');
  const groupId = idIn(env, 'CNB_GROUP_ID');
  if (userId === null || groupId === null)
    return 'its variables CNB_USER_ID and CNB_GROUP_ID name no user other than root';
  const listed = Array.isArray(metadata['images']) ? (metadata['images'] as unknown[]) : [];
  const named = [...listed, fieldsOf(metadata['stack'])?.['runImage']]
    .map(fieldsOf)
    .filter((one) => one !== null);
  return {
    userId,
    groupId,
    env,
    runImages: named
      .map(({ image, mirrors }) =>
        textsIn([image, ...(Array.isArray(mirrors) ? (mirrors as unknown[]) : [])]),
      )
      .filter((images) => images.length > 0),
  };
}

/**
 * The run image of a builder: of the preferred one the copy on `ownRegistry`, else the first on a registry that the build may reach. Null
 * where there is none.
 */
export function chooseRunImage(
  { runImages }: Builder,
  ownRegistry: string,
  registries: readonly string[],
): string | null {
  const isOn = (image: string, names: readonly string[]): boolean =>
    names.map(hubName).includes(hubName(registryOf(image) ?? ''));
  const copies = runImages[0] ?? [];
  return (
    copies.find((image) => isOn(image, [ownRegistry])) ??
    runImages.flat().find((image) => isOn(image, registries)) ??
    null
  );
}

function hubName(registry: string): string {
  return registry === 'index.docker.io' ? 'docker.io' : registry;
}

/** The number of a user or group; null for none, and for that of root. */
function idIn(env: readonly string[], name: string): number | null {
  const value = env.findLast((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  return /^[1-9]\d{0,8}$/.test(value) ? Number(value) : null;
}

function fieldsOf(value: unknown): Record<string, unknown> | null {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : null;
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
