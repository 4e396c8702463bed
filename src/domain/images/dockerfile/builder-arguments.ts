/** Values of the arguments that BuildKit sets by itself (moby/buildkit frontend/dockerfile/dockerfile2llb/platform.go). */
export type BuilderArguments = ReadonlyMap<string, string>;

/** The platforms that BuildKit runs on. An arm64 machine gives itself the variant v8 or none. */
const PLATFORMS: readonly string[] = [
  'linux/amd64',
  'linux/arm64',
  'linux/arm64/v8',
  'linux/arm/v5',
  'linux/arm/v6',
  'linux/arm/v7',
  'linux/386',
  'linux/loong64',
  'linux/mips64',
  'linux/mips64le',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
];

/**
 * What the arguments can be for a build of this platform (`linux/arm64`; null for that of the builder), which runs on a builder
 * nobody has asked: one set for each kind of machine.
 */
export function builderArguments(options: {
  readonly platform: string | null;
  readonly target: string | null;
}): BuilderArguments[] {
  return PLATFORMS.map(
    (own) =>
      new Map([
        ...ofPlatform('BUILD', own),
        ...ofPlatform('TARGET', options.platform ?? own),
        ['TARGETSTAGE', options.target ?? 'default'],
      ]),
  );
}

function ofPlatform(side: 'BUILD' | 'TARGET', platform: string): [string, string][] {
  const [os = '', arch = '', variant = ''] = platform.split('/');
  return [
    [`${side}PLATFORM`, platform],
    [`${side}OS`, os],
    [`${side}OSVERSION`, ''],
    [`${side}ARCH`, arch],
    [`${side}VARIANT`, variant],
  ];
}
