import type { AcceptanceDeps } from '../../src/acceptance/deps.js';
import type { BuildStore } from '../../src/ports/stores.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createContentIndex } from '../../src/storage/contents/content-index.js';
import type { Database } from '../../src/storage/database.js';
import { createProjectStore } from '../../src/storage/identity/project-store.js';
import { createUploadStore } from '../../src/storage/identity/upload-store.js';
import { createLimitStore } from '../../src/storage/limits/limit-store.js';
import { createSecretStore } from '../../src/storage/secrets/secret-store.js';

/** What accepts builds on sessions of the api's role, where every host and Dockerfile is let through and no content is read. */
export function acceptanceOn(acting: Database): AcceptanceDeps & { readonly builds: BuildStore } {
  const refuse = (): never => {
    throw new Error('no secret is opened here');
  };
  return {
    projects: createProjectStore(acting),
    builds: createBuildStore(acting),
    uploads: createUploadStore(acting),
    contents: createContentIndex(acting),
    files: { open: () => Promise.reject(new Error('nothing is read here')) },
    secrets: createSecretStore(acting, { seal: refuse, open: refuse } as never),
    buildLimits: createLimitStore(acting),
    installationLimits: {},
    checkDockerfile: () => [],
    checkDockerfileSources: () => undefined,
    checkGitUrl: () => undefined,
    checkRegistryHost: () => undefined,
    defaultRegistry: null,
  };
}
