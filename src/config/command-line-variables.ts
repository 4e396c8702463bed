/** Names the file of settings; read before all others. */
export const CONFIG_FILE_VARIABLE = 'KILN_CONFIG_FILE';

/** What the command line and the finder of programs read straight from the environment. */
export const COMMAND_LINE_VARIABLES: Readonly<Record<string, string>> = {
  [CONFIG_FILE_VARIABLE]: 'File of settings, lines of NAME=value; the environment wins over it.',
  KILN_API_URL: 'Address of the api for the commands.',
  KILN_TOKEN: 'API token for the commands; or KILN_TOKEN_FILE.',
  KILN_TOKEN_FILE: 'File that holds the API token.',
  KILN_STATE_DIR: 'Folder of the state of `kiln up` (`.kiln`).',
  KILN_CACHE_MAX_BYTES: 'How large the caches of all BuildKits of `kiln up` together may grow (`20GB`).',
  KILN_BUILDKIT_IDLE_SECONDS:
    'How long the BuildKit of a tenant runs without a build before `kiln up` stops it (`10m`); that of the first tenant goes on.',
  KILN_DEBUG: 'With any value a failing command shows its stack.',
  KILN_CACHE_DIR: 'Folder of installed programs (`/var/cache/kiln` for root, else `~/.cache/kiln`).',
  KILN_ALLOW_APT: 'With 1 Debian packages may be unpacked into the cache for an ordinary user too.',
  KILN_POSTGRES_PATH: 'The program postgres.',
  KILN_TEMPORAL_PATH: 'The program temporal.',
  KILN_REGISTRY_PATH: 'The program registry.',
  KILN_BUILDKITD_PATH: 'The program buildkitd.',
  KILN_BUILDCTL_PATH: 'The program buildctl.',
  KILN_KANIKO_PATH: 'The executor of kaniko.',
  KILN_HADOLINT_PATH: 'The program hadolint.',
  KILN_PACKER_PATH: 'The program packer.',
  KILN_BUILDAH_PATH: 'The program buildah.',
  KILN_LIFECYCLE_PATH: 'The lifecycle of Cloud Native Buildpacks; its launcher and crane lie beside it.',
  KILN_RUNC_PATH: 'The program runc.',
  KILN_CNI_PATH: 'The CNI plugin bridge; the others lie beside it.',
  KILN_ROOTLESSKIT_PATH: 'The program rootlesskit.',
  KILN_BUSYBOX_PATH: 'A static busybox.',
  KILN_PG_DUMP_PATH: 'The program pg_dump, for `kiln backup`.',
  KILN_PG_RESTORE_PATH: 'The program pg_restore, for `kiln restore`.',
};
