import { posix } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { parseReference, printReference } from '../../domain/images/reference.js';
import { isInsecureRegistry } from '../../domain/images/registry-host.js';
import { materialImage } from '../../domain/images/used-images.js';
import type { PlanInput, RunPlan } from '../../ports/engine.js';
import type { FilesOptions } from './schema.js';

/** The one command of a build. Every value in it went through a parser that knows neither comma nor line break. */
export function planBuild({ options, host, ...input }: PlanInput<FilesOptions>): RunPlan {
  const { buildctl } = host.programs;
  if (buildctl === undefined || host.buildkitAddress === null)
    throw new KilnError('builder_unavailable', { message: 'The method files needs buildctl and BuildKit.' });
  const image = parseReference(`${input.staging.repository}:${input.staging.tag}`);
  const secured = Object.keys(host.registryCertificates);
  const isPlain = image.domain !== null && isInsecureRegistry(image.domain, host.insecureRegistries, secured);
  const name = `${printReference(image)}${isPlain ? ',registry.insecure=true' : ''}`;
  const metadata = posix.join(input.workFolder, 'metadata.json');
  const dockerfile = posix.join(input.workFolder, 'Dockerfile');
  const digest = input.judged.digests?.[options.base];
  return {
    argv: [
      ...([buildctl, '--addr', host.buildkitAddress, 'build', '--progress', 'rawjson'] as const),
      ...['--frontend', 'dockerfile.v0', '--opt', 'cmdline=docker/dockerfile:1'],
      ...['--local', `context=${posix.join(input.contextFolder, options.build_context)}`],
      ...['--local', `dockerfile=${input.workFolder}`],
      ...['--output', `type=image,name=${name},push=true,oci-mediatypes=true`, '--metadata-file', metadata],
    ],
    env: { HOME: input.workFolder, DOCKER_CONFIG: input.registryConfigFolder },
    cwd: input.workFolder,
    files: { [dockerfile]: `FROM ${options.base}${digest === undefined ? '' : `@${digest}`}\nCOPY . /\n` },
    images: [materialImage(options.base, digest ?? null) ?? []].flat(),
    outputs: [metadata],
  };
}
