/** What an image is run with, and what it stands on. */
export interface ImageSettings {
  readonly platform: string | null;
  readonly baseImage: string | null;
  readonly entrypoint: readonly string[] | null;
  readonly cmd: readonly string[] | null;
  readonly workingDir: string | null;
  readonly envVars: readonly string[];
}

/** A setting that two images do not share; null where one lacks it. */
export interface SettingDifference {
  /** `platform`, `base_image`, `entrypoint`, `cmd`, `working_dir`, or `env NAME`. */
  readonly setting: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The settings in which two images differ. */
export function compareSettings(before: ImageSettings, after: ImageSettings): SettingDifference[] {
  const left = settingsOf(before);
  const right = settingsOf(after);
  return differences(left, right).map(([setting, old, now]) => ({ setting, before: old, after: now }));
}

/** The longest run of layers from the base up that two images share. */
export function sharedLayers(before: readonly string[], after: readonly string[]): number {
  const end = before.findIndex((digest, index) => digest !== after[index]);
  return end === -1 ? Math.min(before.length, after.length) : end;
}

function settingsOf(image: ImageSettings): Map<string, string> {
  const settings = new Map<string, string>();
  const set = (name: string, value: string | null): void =>
    void (value !== null && settings.set(name, value));
  set('platform', image.platform);
  set('base_image', image.baseImage);
  set('entrypoint', image.entrypoint === null ? null : JSON.stringify(image.entrypoint));
  set('cmd', image.cmd === null ? null : JSON.stringify(image.cmd));
  set('working_dir', image.workingDir);
  for (const variable of image.envVars) {
    const [, name = variable, value = ''] = /^([^=]*)=(.*)$/s.exec(variable) ?? [];
    set(`env ${name}`, value);
  }
  return settings;
}

function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): [string, string | null, string | null][] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [old, now] = [before.get(name) ?? null, after.get(name) ?? null];
    return old === now ? [] : [[name, old, now] as [string, string | null, string | null]];
  });
}
