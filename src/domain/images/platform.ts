/**
 * Whether a step of a build for several platforms makes the image of this one. BuildKit puts the platform in front of the stage,
 * `[linux/arm64 stage-1 2/3]`; where a step runs on one platform for another, both: `[linux/amd64->arm64 build 2/3]`.
 */
export function isForPlatform(stepName: string, platform: string | null): boolean {
  const [, runs = '', target] = /^\[(\w+\/[\w/]+)(?:->([\w/]+))? /.exec(stepName) ?? [];
  if (runs === '' || platform === null) return false;
  const os = runs.split('/')[0] ?? '';
  const made = target === undefined ? runs : target.startsWith(`${os}/`) ? target : `${os}/${target}`;
  return isSamePlatform(made, platform);
}

const OTHER_NAMES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', i386: '386' };

/** A platform as FROM --platform may have it (`arm64`, `linux/aarch64`) in the one spelling; null for what is none. */
export function parsePlatform(text: string): string | null {
  const [, os = 'linux', architecture = '', variant] =
    /^(?:([a-z]+)\/)?(\w+)(?:\/(\w+))?$/.exec(text.toLowerCase()) ?? [];
  if (architecture === '' || (architecture === 'linux' && !text.includes('/'))) return null;
  return [os, OTHER_NAMES[architecture] ?? architecture, variant ?? []].flat().join('/');
}

/** Whether two platforms (`linux/arm64`) are one. */
export function isSamePlatform(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

/** The variants that go without saying: of arm64 there is one, arm means v7, amd64 its first. */
function plain(platform: string): string {
  return platform.replace(/\/(?:(arm64)\/v8|(arm)\/v7|(amd64)\/v1)$/, '/$1$2$3');
}
