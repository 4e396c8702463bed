import type { FoundProgram } from './programs.js';
import type { PostgresConnection } from './services/postgres.js';
import type { RunningTemporal } from './services/temporal.js';
import { setUp } from './set-up.js';
import { secretPath, writeSecret } from './state.js';

/** What the processes of one embedded installation must know. */
export interface Installation {
  readonly apiToken: string;
  /** The first tenant. */
  readonly tenantId: string;
  readonly workerId: string;
  readonly slots: number;
  /** Master keys of the stored secrets; a backup of the database is of no use for them without it. */
  readonly keyringFile: string;
  /** By which the controller signs provenance. */
  readonly signingKeyFile: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalUiUrl: string;
  readonly registryAddress: string;
  readonly buildctlPath: string;
  /** Null where there is none, and so neither the method container nor packer. */
  readonly buildahPath: string | null;
  /** Null where there is none, and so no method kaniko. */
  readonly kanikoPath: string | null;
  /** Null where there is none, and so no method paketo. */
  readonly lifecyclePath: string | null;
  /** Null where there is none, and so no method packer. */
  readonly packerPath: string | null;
  readonly busyboxPath: string | null;
  readonly runcPath: string;
  /** Null where there is none, and so no warnings of it. */
  readonly hadolintPath: string | null;
  /** Null where there is none, and so no bills of materials. */
  readonly syftPath: string | null;
}

const DATABASE = 'kiln';

/** Migrates the database, registers namespace and search attributes, makes the first token and the local worker. Repeatable. */
export async function prepareInstallation(given: {
  readonly stateFolder: string;
  readonly slots: number;
  readonly postgres: PostgresConnection;
  readonly temporal: RunningTemporal;
  readonly registryAddress: string;
  readonly programs: {
    readonly buildctl: FoundProgram;
    readonly runc: FoundProgram;
    readonly buildah?: FoundProgram;
    readonly kaniko?: FoundProgram;
    readonly hadolint?: FoundProgram;
    readonly syft?: FoundProgram;
    readonly lifecycle?: FoundProgram;
    readonly packer?: FoundProgram;
    readonly busybox?: FoundProgram;
  };
}): Promise<Installation> {
  const { stateFolder, postgres, temporal } = given;
  const keyringFile = secretPath(stateFolder, 'keyring.json');
  const signingKeyFile = secretPath(stateFolder, 'signing-key.pem');
  const { urls, apiToken, tenantId, workerId } = await setUp({
    keyringFile,
    signingKeyFile,
    folder: stateFolder,
    adminDatabaseUrl: adminUrl(postgres),
    database: DATABASE,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
    workerName: 'local-1',
    slots: given.slots,
  });
  await writeSecret(stateFolder, 'database-url-api', urls.api);
  await writeSecret(stateFolder, 'database-url-controller', urls.controller);
  return {
    apiToken,
    tenantId,
    workerId,
    slots: given.slots,
    keyringFile,
    signingKeyFile,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
    temporalUiUrl: temporal.uiUrl,
    registryAddress: given.registryAddress,
    buildctlPath: given.programs.buildctl.path,
    buildahPath: given.programs.buildah?.path ?? null,
    kanikoPath: given.programs.kaniko?.path ?? null,
    lifecyclePath: given.programs.lifecycle?.path ?? null,
    packerPath: given.programs.packer?.path ?? null,
    busyboxPath: given.programs.busybox?.path ?? null,
    runcPath: given.programs.runc.path,
    hadolintPath: given.programs.hadolint?.path ?? null,
    syftPath: given.programs.syft?.path ?? null,
  };
}

function adminUrl({ host, port, user, password }: PostgresConnection): string {
  const url = new URL(`postgres://${host}:${port}/postgres`);
  url.username = user;
  url.password = password;
  return url.href;
}
