import type { AcceptanceDeps } from '../acceptance/deps.js';
import { installationLimits, type ApiConfig, type ControllerConfig } from '../config.js';
import { checkGitHost } from '../domain/builds/git-host.js';
import { parseGitUrl } from '../domain/builds/git-url.js';
import { checkDockerfile } from '../domain/images/dockerfile/check.js';
import { judgeSources } from '../domain/images/dockerfile/judge-sources.js';
import type { ContentFiles } from '../ports/contents.js';
import type { createSealer } from '../adapters/keyring/sealer.js';
import type { openTransport } from '../adapters/registry/transport.js';
import { createBuildStore } from '../storage/builds/build-store.js';
import { createContentIndex } from '../storage/contents/content-index.js';
import type { Database } from '../storage/database.js';
import { createProjectStore } from '../storage/identity/project-store.js';
import { createUploadStore } from '../storage/identity/upload-store.js';
import { createLimitStore } from '../storage/limits/limit-store.js';
import { createSecretStore } from '../storage/secrets/secret-store.js';

/** What api and controller accept builds with. Sessions of `database` have the role kiln_api. */
export function openAcceptance({
  database,
  files,
  sealer,
  registries,
  config,
}: {
  readonly database: Database;
  readonly files: ContentFiles;
  readonly sealer: ReturnType<typeof createSealer>;
  readonly registries: Pick<ReturnType<typeof openTransport>, 'judge'>;
  readonly config: ApiConfig | ControllerConfig;
}) {
  const gitHosts = { insecureHosts: config.insecureGitHosts, allowedNetworks: config.allowedNetworks };
  return {
    projects: createProjectStore(database),
    builds: createBuildStore(database),
    uploads: createUploadStore(database),
    contents: createContentIndex(database),
    files,
    secrets: createSecretStore(database, sealer),
    buildLimits: createLimitStore(database),
    installationLimits: installationLimits(config),
    checkDockerfile,
    checkDockerfileSources: (text, buildArgs) => void judgeSources(text, buildArgs, config.allowedNetworks),
    checkGitUrl: (url) => checkGitHost(parseGitUrl(url), gitHosts),
    checkRegistryHost: (host) => registries.judge(host),
    defaultRegistry: config.registry ?? null,
  } satisfies AcceptanceDeps;
}
