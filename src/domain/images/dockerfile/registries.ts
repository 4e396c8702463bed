import type { DockerfileProblem } from '../invalid-dockerfile.js';
import { registryOf } from '../registry-host.js';
import { globalArguments } from './base-image.js';
import { builderArguments } from './builder-arguments.js';
import { expandWord, type Variables } from './expand.js';
import type { Instruction } from './instruction.js';
import { readDockerfile } from './read.js';

/** What of a build's options decides which images its Dockerfile names. */
export interface RegistryOptions {
  readonly target: string | null;
  /** Such as `linux/arm64`; null for the builder's own. */
  readonly platform: string | null;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/**
 * The registries (`host[:port]`) that a Dockerfile names by FROM, COPY --from and RUN --mount=...,from=..., also behind ONBUILD. Stages
 * of the file are no images. Where the file does not tell the host, a problem says so: nobody could judge it, or have a credential for it.
 */
export function registriesOf(
  text: string,
  options: RegistryOptions,
): { readonly registries: string[]; readonly problems: DockerfileProblem[] } {
  const { instructions, escape } = readDockerfile(text);
  const variables = builderArguments(options).map((own) =>
    globalArguments(instructions, options.buildArgs, escape, own),
  );
  const stages = new Set<string>();
  const found = new Set<string>();
  const problems: DockerfileProblem[] = [];
  const note = (word: string, { line, column }: Instruction): void => {
    if (stages.has(word.toLowerCase())) return;
    const hosts = hostsOf(word, variables, escape, stages);
    const [host] = hosts;
    if (host === null || hosts.size > 1) problems.push({ line, column, message: unclear(word) });
    else if (host !== undefined) found.add(host);
  };
  for (const instruction of instructions) {
    if (instruction.keyword.toUpperCase() === 'FROM') {
      const [image = '', , name] = instruction.rest.split(/\s+/);
      note(image, instruction);
      if (name !== undefined) stages.add(name.toLowerCase());
    } else for (const image of imagesOfFlags(instruction)) note(image, instruction);
  }
  return { registries: [...found], problems };
}

/** The same for a build of several platforms, of which the Dockerfile may name other registries; none means the builder's own. */
export function registriesOfPlatforms(
  text: string,
  { platforms, ...options }: Omit<RegistryOptions, 'platform'> & { readonly platforms: readonly string[] },
): ReturnType<typeof registriesOf> {
  const wanted = platforms.length === 0 ? [null] : platforms;
  const found = wanted.map((platform) => registriesOf(text, { ...options, platform }));
  return {
    registries: [...new Set(found.flatMap(({ registries }) => registries))],
    problems: found.map(({ problems }) => problems).find(({ length }) => length > 0) ?? [],
  };
}

/** The hosts that a name comes to, one in all but odd cases; null among them where an expansion is not known, none for a stage. */
function hostsOf(
  word: string,
  possible: readonly Variables[],
  escape: string,
  stages: ReadonlySet<string>,
): Set<string | null> {
  return new Set(
    possible.flatMap((variables) => {
      const image = expandWord(word, variables, escape);
      if (image === null) return [literalHost(word)];
      if (image === 'scratch' || stages.has(image.toLowerCase()) || /^\d+$/.test(image)) return [];
      const registry = registryOf(image);
      return registry === null ? [] : [registry];
    }),
  );
}

/** The host that is written out before the first `/`, whatever comes behind it. */
function literalHost(word: string): string | null {
  const [, host] = /^([A-Za-z0-9.:-]+)\//.exec(word) ?? [];
  return host === undefined ? null : registryOf(`${host}/image`);
}

/** What COPY --from and RUN --mount=...,from=... name, also behind ONBUILD: stages or images. */
export function imagesOfFlags({ keyword, flags, rest }: Instruction): string[] {
  if (keyword.toUpperCase() === 'ONBUILD') return readDockerfile(rest).instructions.flatMap(imagesOfFlags);
  return flags.flatMap((flag) => {
    const [, from] = /^--from=(.+)$/i.exec(flag) ?? /^--mount=(?:.*,)?from=([^,]+)/i.exec(flag) ?? [];
    return from === undefined ? [] : [from];
  });
}

function unclear(word: string): string {
  const image = JSON.stringify(word.slice(0, 200));
  return `It cannot be told from which registry ${image} comes: write the host out, give the build a platform, or use $NAME and \${NAME:-value} only.`;
}
