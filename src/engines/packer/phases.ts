import { posix } from 'node:path';
import { parseContextPath } from '../../domain/images/context-path.js';
import { isTemplateText } from '../../domain/images/packer-template.js';
import { parseReference, printReference } from '../../domain/images/reference.js';
import { registryOf } from '../../domain/images/registry-host.js';
import { withMirrors } from '../../domain/network/mirrors.js';
import type { PlanInput } from '../../ports/engine.js';
import { certificatesFor } from '../buildah/registries.js';
import { waysTo } from '../runc/ways.js';
import { IMAGE_ID, INSIDE, type Phase } from './order.js';
import type { PackerOptions } from './schema.js';

const ENVIRONMENT = ['HOME=/root', 'USER=root', 'PATH=/usr/bin:/bin', 'TMPDIR=/var/tmp', 'container=oci'];
/** RUN of buildah in the root itself: the container is what keeps it in. */
const BUILDAH = ['BUILDAH_ISOLATION=chroot', 'BUILDAH_FORMAT=oci'];
const PACKER = ['/usr/bin/packer', '-machine-readable'];

export type Input = PlanInput<PackerOptions>;

/** What runs in the container, one after the other. */
export function phasesOf(input: Input): Phase[] {
  return [
    ...input.options.base_images.flatMap((image) => pull(input, image)),
    ...runTemplate(input),
    ...push(input),
  ];
}

/**
 * Asked of the registry each time, by digest where that is known: what is recorded is what was pulled, also where the tag moves. The
 * template finds them by the names of `base_images`.
 */
function pull(input: Input, image: string): Phase[] {
  const name = fullName(image);
  const digest = input.judged.digests?.[image];
  const taken = digest === undefined ? name : printReference({ ...parseReference(image), tag: null, digest });
  const pulling: Phase = {
    name: 'pull',
    image: name,
    args: buildah('pull', '--policy', 'always', ...accessFlags(input, name), '--', taken),
    root: 'template',
    ...inRegistry(input, [name]),
  };
  if (taken === name) return [pulling];
  return [
    pulling,
    {
      name: 'tag',
      image: name,
      args: buildah('tag', taken, name),
      env: [...ENVIRONMENT, ...BUILDAH],
      cwd: '/',
      access: null,
      hasHostNetwork: false,
      root: 'template',
    },
  ];
}

function runTemplate({ options, host }: Input): Phase[] {
  const context = posix.join(INSIDE.context, parseContextPath(options.build_context));
  const template = isTemplateText(options.packer_template)
    ? INSIDE.template
    : posix.join('.', parseContextPath(options.packer_template));
  const values = [
    ...['-var-file', INSIDE.variables],
    ...(options.secrets.length === 0 ? [] : ['-var-file', INSIDE.secrets]),
  ];
  const common = {
    image: null,
    env: [
      ...[...ENVIRONMENT, ...BUILDAH, 'CHECKPOINT_DISABLE=1', 'PACKER_NO_COLOR=1'],
      // A variable that the template does not declare is passed over in silence only here.
      ...[`PKR_VAR_kiln_image=oci:${INSIDE.image}`, `PKR_VAR_kiln_context=${context}`],
    ],
    cwd: context,
    access: null,
    hasHostNetwork: host.runNetwork === 'host',
  } as const;
  return [
    { ...common, name: 'init', root: 'checks', args: [...PACKER, 'init', template] },
    { ...common, name: 'validate', root: 'checks', args: [...PACKER, 'validate', ...values, template] },
    {
      ...common,
      name: 'build',
      root: 'template',
      args: [...PACKER, 'build', '-color=false', '-parallel-builds=1', ...values, template],
    },
  ];
}

/** What the template left is read in a root that it has never seen, and only what could be read is pushed, by its id. */
function push(input: Input): Phase[] {
  const name = fullName(`${input.staging.repository}:${input.staging.tag}`);
  const layout = `oci:${INSIDE.image}`;
  return [
    {
      name: 'read',
      image: null,
      args: buildah('pull', '--quiet', layout),
      env: [...ENVIRONMENT, ...BUILDAH],
      cwd: '/',
      access: null,
      hasHostNetwork: false,
      root: 'fresh',
    },
    {
      name: 'push',
      image: name,
      args: buildah(
        ...['push', '--format', 'oci', '--digestfile', INSIDE.digest],
        ...[...accessFlags(input, name), '--', IMAGE_ID, `docker://${name}`],
      ),
      root: 'fresh',
      ...inRegistry(input, [name]),
    },
  ];
}

function buildah(...args: string[]): string[] {
  return ['/usr/bin/buildah', ...args];
}

function accessFlags({ host }: Input, image: string): string[] {
  const certificates = certificatesFor(registryOf(image) ?? '', { host, workFolder: INSIDE.access });
  return [
    ...['--signature-policy', `${INSIDE.access}/policy.json`, '--authfile', `${INSIDE.access}/config.json`],
    ...(certificates === null ? [] : ['--cert-dir', certificates.folder]),
  ];
}

function inRegistry(
  input: Input,
  images: readonly string[],
): Pick<Phase, 'env' | 'cwd' | 'access' | 'hasHostNetwork'> {
  const { host } = input;
  const registries = reachableFor(input, images);
  return {
    env: [...ENVIRONMENT, ...BUILDAH, `SSL_CERT_FILE=${INSIDE.access}/ca-certificates.crt`],
    cwd: '/',
    access: {
      registries,
      ways: host.runNetwork === 'host' ? null : waysTo({ registries, sourceHosts: [] }, host),
    },
    hasHostNetwork: host.runNetwork === 'host',
  };
}

/** The registries of an image that the build may reach: its own and its mirrors. */
function reachableFor({ judged, host }: Input, images: readonly string[]): string[] {
  const needed = withMirrors(
    images.flatMap((image) => registryOf(image) ?? []),
    host.registryMirrors,
  );
  return judged.registries.filter((registry) => needed.includes(registry));
}

/** An image as programs name it: with registry and tag. */
function fullName(image: string): string {
  return printReference(parseReference(image));
}
