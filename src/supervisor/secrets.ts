import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { namedSecrets } from '../domain/builds/named-secrets.js';
import { KilnError } from '../domain/errors.js';
import { gitCredentialOf } from '../domain/secrets/credential.js';
import { secretArguments } from '../domain/secrets/secret-arguments.js';
import { privateKeyTrouble } from '../domain/secrets/private-key.js';
import type { RegistryCredential, RunSecretValues, SecretsWanted } from '../ports/secrets.js';
import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { keepTrying, type Patience } from './keep-trying.js';
import type { LeaseHolding } from './lease-holding.js';
import type { Masks } from './masks.js';

/** An id that stays a single file name. */
const SAFE_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
/** Files of build secrets by id, and values that only have to be masked when a supervisor takes the run up again. */
const BUILD = 'build';
/** Private keys that steps may use by SSH, by id. */
const SSH = 'ssh';
const MASKED = 'masked';
/** A credential that changed less than this ago may be used once more by the run that has it. */
const FRESH_MS = 30_000;

const Named = z.array(z.object({ id: z.string(), name: z.string() })).default([]);
/** Options of any method name their secrets alike: what the build calls it (`id`), what the platform calls it (`name`). */
const WithSecrets = z.object({ secrets: Named, ssh: Named });

/** Fetches values for a run under its lease. */
export class RunSecrets {
  private told: {
    readonly untilMs: number;
    readonly hosts: ReadonlySet<string>;
    readonly registries: readonly RegistryCredential[];
  } | null = null;

  constructor(
    private readonly deps: Pick<RunDeps, 'controlPlane'>,
    private readonly journal: Journal,
    private readonly holding: LeaseHolding,
    private readonly masks: Masks,
  ) {}

  /** Secrets of the build and the credential of its git source. Gives the files of the secrets by id. Arguments that look secret are masked too. */
  async open(options: unknown, patience: Patience): Promise<OpenedSecrets> {
    const { secrets = [], ssh = [] } = WithSecrets.safeParse(options).data ?? {};
    await this.#hide(secretArguments(this.journal.grant.run.options).map(({ value }) => Buffer.from(value)));
    const { source } = this.journal.grant.run;
    const url: unknown = 'url' in source ? source.url : null;
    const values = await this.fetch(
      {
        names: [...new Set(namedSecrets({ secrets, ssh }))],
        gitHost: typeof url === 'string' ? (gitCredentialOf(url)?.host ?? null) : null,
        registryHosts: [],
      },
      patience,
    );
    const valueOf = ({ id, name }: { id: string; name: string }): Uint8Array => {
      const secret = values.secrets.find((one) => one.name === name);
      if (secret === undefined || !SAFE_ID.test(id)) throw new KilnError('secret_missing');
      return secret.value;
    };
    const files: Record<string, string> = {};
    for (const one of secrets) files[one.id] = await this.#keep(BUILD, one.id, valueOf(one));
    const sshKeyFiles: Record<string, string> = {};
    for (const one of ssh)
      sshKeyFiles[one.id] = await this.#keep(SSH, one.id, sshKey(one.name, valueOf(one)));
    return { files, sshKeyFiles, git: values.git };
  }

  /** Hides what was found to look secret, in a Dockerfile or in a base image. */
  async hide(values: readonly string[]): Promise<void> {
    await this.#hide(values.map((value) => Buffer.from(value)));
  }

  /** Says which registries the source names, also that it names none, before their credentials are asked for: no more can be named then. */
  async nameRegistries(hosts: readonly string[], patience: Patience): Promise<void> {
    const registries = [...new Set(hosts)].sort();
    await keepTrying(
      () =>
        this.holding.effect((auth) =>
          this.deps.controlPlane.recordRegistries(auth, registries, patience.signal),
        ),
      patience,
    );
  }

  /** What project or tenant hold for these registries (`host[:port]`). What was told a moment ago is not asked for again. */
  async registries(hosts: readonly string[], patience: Patience): Promise<readonly RegistryCredential[]> {
    const registryHosts = [...new Set(hosts)];
    const { told } = this;
    if (
      told !== null &&
      performance.now() < told.untilMs &&
      registryHosts.every((host) => told.hosts.has(host))
    )
      return told.registries.filter(({ host }) => registryHosts.includes(host));
    const untilMs = performance.now() + FRESH_MS;
    const { registries } = await this.fetch({ names: [], gitHost: null, registryHosts }, patience);
    this.told = { untilMs, hosts: new Set(registryHosts), registries };
    return registries;
  }

  /** Values from the api. Each is masked from now on, also by a supervisor that takes up the run later. */
  async fetch(wanted: SecretsWanted, patience: Patience): Promise<RunSecretValues> {
    if (wanted.names.length + wanted.registryHosts.length === 0 && wanted.gitHost === null) {
      return { secrets: [], git: null, registries: [] };
    }
    const values = await keepTrying(
      () => this.holding.effect((auth) => this.deps.controlPlane.fetchSecrets(auth, wanted, patience.signal)),
      patience,
    );
    await this.#hide(hiddenValues(values));
    return values;
  }

  /** From now on, also by a supervisor that takes up the run later. */
  async #hide(values: readonly Uint8Array[]): Promise<void> {
    this.masks.add(values);
    for (const value of values) await this.#keep(MASKED, randomUUID(), value);
  }

  async #keep(folder: string, name: string, value: Uint8Array): Promise<string> {
    const file = path.join(this.journal.workspace.secrets, folder, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, value, { mode: 0o600 });
    return file;
  }
}

/** The key as programs of SSH take it. */
function sshKey(name: string, value: Uint8Array): Buffer {
  const text = Buffer.from(value).toString('utf8').trim();
  const trouble = privateKeyTrouble(text);
  if (trouble === null) return Buffer.from(`${text}\n`);
  throw new KilnError('ssh_key_unusable', { message: `The secret ${JSON.stringify(name)}: ${trouble}.` });
}

export interface OpenedSecrets {
  readonly files: Readonly<Record<string, string>>;
  readonly sshKeyFiles: Readonly<Record<string, string>>;
  readonly git: RunSecretValues['git'];
}

/** The values that an earlier life of the supervisor has fetched for the run. */
export async function keptValues(secretsFolder: string): Promise<Buffer[]> {
  const folder = path.join(secretsFolder, MASKED);
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map((name) => readFile(path.join(folder, name))));
}

function hiddenValues({ secrets, git, registries }: RunSecretValues): Buffer[] {
  return [
    ...secrets.map(({ value }) => value),
    ...(git === null ? [] : [Buffer.from(git.kind === 'git_token' ? git.token : git.privateKey)]),
    ...registries.flatMap(({ username, password }) => [
      Buffer.from(password),
      Buffer.from(`${username}:${password}`),
    ]),
  ];
}
