import type { TestKiln } from '../scenarios/kiln.js';
import type { MethodCase, Work } from './method-case.js';

/** A method that builds from a Dockerfile. */
export function dockerfileCase(
  method: string,
  own: Partial<Omit<MethodCase, 'method' | 'prepare'>> = {},
): MethodCase {
  return {
    method,
    refusesSecrets: null,
    ...own,
    prepare: (kiln) =>
      Promise.resolve((work) =>
        Promise.resolve({
          method,
          source: { kind: 'inline' },
          options: {
            dockerfile_inline: dockerfile(kiln, work),
            ...(work.secret !== undefined && { secrets: [{ id: 'it', name: work.secret }] }),
          },
        }),
      ),
  };
}

function dockerfile({ baseImage }: TestKiln, { script, secret, missingFile }: Work): string {
  const mount = secret === undefined ? '' : '--mount=type=secret,id=it ';
  const reads = secret === undefined ? '' : 'SECRET_FILE=/run/secrets/it; ';
  return [
    `FROM ${baseImage}`,
    ...(missingFile === undefined ? [] : [`COPY ${missingFile} /`]),
    `RUN ${mount}${reads}${script}`,
  ].join('\n');
}
