import { posix } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import { parseReference, printReference, type ImageReference } from '../../domain/images/reference.js';
import { isInsecureRegistry } from '../../domain/images/registry-host.js';
import type { EngineHost, PlanInput, RunPlan } from '../../ports/engine.js';
import type { BuildxOptions } from './schema.js';
import { sourcePolicy } from './source-policy.js';

/** Where buildctl leaves the digest, inside the attempt's work folder. */
const METADATA_FILE = 'metadata.json';
const INLINE_DOCKERFILE = 'Dockerfile';
const SOURCE_POLICY = 'source-policy.json';

/**
 * The one command of a build. The argv holds no secret: secrets go by file, registry credentials by the folder of
 * DOCKER_CONFIG. Every value that ends up in a comma-separated attribute went through a parser that knows no comma.
 */
export function planBuild(input: PlanInput<BuildxOptions>): RunPlan {
  const { options, host, workFolder } = input;
  const metadataPath = posix.join(workFolder, METADATA_FILE);
  const policyPath = posix.join(workFolder, SOURCE_POLICY);
  const inline = options.dockerfile_inline;
  return {
    argv: [
      program(host.programs),
      '--addr',
      address(host.buildkitAddress),
      'build',
      '--progress',
      'rawjson',
      '--metadata-file',
      metadataPath,
      '--source-policy-file',
      policyPath,
      '--frontend',
      'dockerfile.v0',
      ...sources(input),
      ...frontendOptions(options, host.runNetwork, input.labels ?? {}),
      ...proxyArguments(options, host),
      ...Object.entries(host.registryCertificates).flatMap(([registry, file]) => [
        '--registry-auth-tlscontext',
        `host=${registry},ca=${attribute(file)}`,
      ]),
      ...secrets(options, input.secretFiles),
      ...caches(options, host),
      '--output',
      output(input),
    ],
    env: { ...host.proxyVariables, HOME: workFolder, DOCKER_CONFIG: input.registryConfigFolder },
    cwd: workFolder,
    files: {
      [policyPath]: sourcePolicy(input.judged),
      ...(inline !== undefined && { [posix.join(workFolder, INLINE_DOCKERFILE)]: inline }),
    },
    outputs: [metadataPath],
  };
}

function sources({ options, contextFolder, workFolder }: PlanInput<BuildxOptions>): string[] {
  const context = posix.join(contextFolder, parseContextPath(options.build_context));
  const isInline = options.dockerfile_inline !== undefined;
  const filename = isInline ? INLINE_DOCKERFILE : parseContextPath(options.dockerfile);
  return [
    ...['--local', `context=${context}`],
    ...['--local', `dockerfile=${isInline ? workFolder : context}`],
    ...['--opt', `filename=${filename}`],
  ];
}

function frontendOptions(
  options: BuildxOptions,
  runNetwork: EngineHost['runNetwork'],
  labels: Readonly<Record<string, string>>,
): string[] {
  const values = [
    // With `cmdline` set BuildKit takes the frontend as chosen and never loads the one of a `# syntax=` line.
    'cmdline=docker/dockerfile:1',
    ...(runNetwork === 'none' ? ['force-network-mode=none'] : []),
    ...(options.target_stage === undefined ? [] : [`target=${options.target_stage}`]),
    ...(options.platforms.length === 0 ? [] : [`platform=${options.platforms.join(',')}`]),
    ...Object.entries(labels).map(([name, value]) => `label:${name}=${value}`),
    ...Object.entries(options.build_args).map(([name, value]) => `build-arg:${name}=${value}`),
  ];
  return [...values.flatMap((value) => ['--opt', value]), ...(options.cache_enabled ? [] : ['--no-cache'])];
}

function secrets(options: BuildxOptions, files: Readonly<Record<string, string>>): string[] {
  return options.secrets.flatMap(({ id, name }) => {
    const path = files[id];
    if (path === undefined) {
      throw new KilnError('invalid_request', {
        message: `The secret ${JSON.stringify(name)} (id ${id}) is not stored. Store it, or remove it from "secrets".`,
      });
    }
    return ['--secret', `id=${id},src=${attribute(path)}`];
  });
}

/** The variables that every Dockerfile knows without ARG; they do not enter the image's history. What the build gives itself wins. */
function proxyArguments(options: BuildxOptions, host: EngineHost): string[] {
  if (!host.passesProxies) return [];
  return Object.entries(host.proxyVariables)
    .filter(([name]) => options.build_args[name] === undefined)
    .flatMap(([name, value]) => ['--opt', `build-arg:${name}=${value}`]);
}

function caches(options: BuildxOptions, host: EngineHost): string[] {
  const to = typeof options.cache_to === 'string' ? [options.cache_to] : options.cache_to;
  const cache = (text: string): string => `type=registry,${target('ref', parseReference(text), host)}`;
  return [
    ...options.cache_from.flatMap((text) => ['--import-cache', cache(text)]),
    ...to.flatMap((text) => [
      '--export-cache',
      `${cache(text)},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`,
    ]),
  ];
}

function output({ staging, host }: PlanInput): string {
  const image = parseReference(`${staging.repository}:${staging.tag}`);
  return `type=image,${target('name', image, host)},push=true,oci-mediatypes=true`;
}

function target(key: 'name' | 'ref', image: ImageReference, host: EngineHost): string {
  const secured = Object.keys(host.registryCertificates);
  const isInsecure =
    image.domain !== null && isInsecureRegistry(image.domain, host.insecureRegistries, secured);
  return `${key}=${printReference(image)}${isInsecure ? ',registry.insecure=true' : ''}`;
}

/** Guards a path of the host that goes into a comma-separated attribute. */
function attribute(path: string): string {
  if (!/[,"\n\r]/.test(path)) return path;
  throw new KilnError('config_invalid', {
    message: `The folder of the run may hold no comma, quote or line break: ${JSON.stringify(path)}.`,
  });
}

function program(programs: Readonly<Record<string, string>>): string {
  const path = programs.buildctl;
  if (path !== undefined) return path;
  throw new KilnError('program_missing', {
    message:
      'This host has no program buildctl: install it in the PATH of the supervisor or set KILN_BUILDCTL_PATH there, and start the supervisor again.',
  });
}

function address(buildkitAddress: string | null): string {
  if (buildkitAddress !== null) return buildkitAddress;
  throw new KilnError('builder_unavailable', {
    message: 'This host has no BuildKit: set KILN_BUILDKIT_ADDRESS of the supervisor.',
  });
}
