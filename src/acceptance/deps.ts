import type { LimitValues } from '../domain/limits/effective-limits.js';
import type { BuildWorkflows } from '../ports/build-workflows.js';
import type { ContentFiles, ContentIndex } from '../ports/contents.js';
import type { CheckDockerfile } from '../ports/dockerfile.js';
import type { LimitStore } from '../ports/limits.js';
import type { SecretStore } from '../ports/secrets.js';
import type { BuildStore, ProjectStore, UploadStore } from '../ports/stores.js';

/**
 * What the acceptance of a build needs. Every store works under the role kiln_api, so that a tenant finds nothing of another one; the
 * controller, whose own role sees all tenants, opens sessions of that role for it.
 */
export interface AcceptanceDeps {
  readonly projects: Pick<ProjectStore, 'get'>;
  readonly builds: Pick<BuildStore, 'accept' | 'findAccepted' | 'methodsOffered' | 'networksOffered'>;
  readonly uploads: Pick<UploadStore, 'get'>;
  readonly contents: Pick<ContentIndex, 'find' | 'need' | 'forget'>;
  readonly files: Pick<ContentFiles, 'open'>;
  readonly secrets: Pick<SecretStore, 'missing' | 'owned'>;
  /** Limits of builds that people set, and those of the operator, which bound them. */
  readonly buildLimits: Pick<LimitStore, 'read'>;
  readonly installationLimits: LimitValues;
  readonly checkDockerfile: CheckDockerfile;
  /** Raises `host_not_allowed` or `dockerfile_invalid` for a Dockerfile whose ADD reads from where no builder may go, as far as its text tells. */
  readonly checkDockerfileSources: (text: string, buildArgs: Readonly<Record<string, string>>) => void;
  /** Raises `invalid_request` or `host_not_allowed` for a git server that this installation does not speak to. */
  readonly checkGitUrl: (url: string) => void;
  /** Raises `host_not_allowed` for a registry (`host[:port]`) whose name is an address that no builder may reach. */
  readonly checkRegistryHost: (host: string) => void;
  /** host[:port] of the registry for projects that name no repository; null when there is none. */
  readonly defaultRegistry: string | null;
}

/** What starts the workflow of an accepted build at once. */
export interface StartDeps {
  readonly workflows: Pick<BuildWorkflows, 'start'>;
  readonly events: {
    /** The workflow was not started right after the commit; the relay of the outbox starts it. */
    buildStartDeferred(event: { buildId: string; error: unknown }): void;
  };
}
