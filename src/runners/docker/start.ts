import { mkdir, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { Confinement, RunPlan } from '../../ports/engine.js';
import type { RunHandle } from '../../ports/runner.js';
import { containerConfig, containerName } from './container-config.js';
import { wasStarted, type Containers } from './containers.js';
import { provideImage, type DockerHost } from './docker-host.js';
import { librariesOf } from './libraries.js';
import { locateProgram, requireProgram } from './programs.js';
import { readJson, runFiles, writeJson, type PlanFile, type StartedFile } from './run-files.js';

/** Where systems keep the certificates of authorities; the first one there is goes along with the host's network. */
const AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Starts the containers of runs, one for each folder whoever asks and how often. */
export class Starts {
  readonly #turns = new Map<string, Promise<RunHandle>>();
  readonly #libraries = new Map<string, Promise<string[]>>();

  constructor(
    private readonly host: DockerHost,
    private readonly containers: Containers,
  ) {}

  start(folder: string, plan: RunPlan): Promise<RunHandle> {
    const before = this.#turns.get(folder);
    if (before !== undefined) return before;
    const turn = this.#start(folder, plan).finally(() => this.#turns.delete(folder));
    this.#turns.set(folder, turn);
    return turn;
  }

  async #start(folder: string, plan: RunPlan): Promise<RunHandle> {
    const files = runFiles(folder);
    const name = containerName(folder);
    const known = await readJson<StartedFile>(files.started);
    if (known !== null) return { pid: known.pid, startTime: known.startedAt };
    const left = await this.containers.inspect(name);
    if (left === null || !wasStarted(left)) {
      // One that never started may have been made for another plan.
      if (left !== null) await this.containers.remove(name);
      await this.#make(folder, name, plan);
      await this.#launch(name);
    }
    const state = await this.containers.inspect(name);
    if (state === null)
      throw new KilnError('runner_unavailable', { message: 'The container of a run is gone.' });
    await writeJson(files.started, { container: name, pid: state.Pid, startedAt: state.StartedAt });
    return { pid: state.Pid, startTime: state.StartedAt };
  }

  async #make(folder: string, name: string, plan: RunPlan): Promise<void> {
    const { confinement } = plan;
    if (confinement === undefined) throw new KilnError('internal', { detail: 'the plan names no reach' });
    const [program, ...args] = plan.argv;
    // By its path: a shell of busybox takes a bare name for its own program of that name.
    const argv = [await requireProgram(program, plan.env), ...args] as const;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files = runFiles(folder);
    for (const file of [files.stdout, files.stderr]) await (await open(file, 'a', 0o600)).close();
    await writeJson(files.plan, { outputs: plan.outputs } satisfies PlanFile);
    const { reach } = confinement;
    for (const target of reach.write) await mkdir(target, { recursive: true, mode: 0o700 });
    const config = containerConfig({ ...plan, argv }, confinement, {
      ...{ folder, stdout: files.stdout, stderr: files.stderr },
      readOnly: await this.#readable(reach, plan.env),
      writable: reach.write,
      user: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
      busybox: this.host.busybox,
      takesGroupPath: this.host.takesGroupPath,
      cpus: this.host.cpus,
    });
    await this.containers.create(name, config, () => provideImage(this.host.call));
  }

  /** An engine that says that it failed may have started it all the same. */
  async #launch(name: string): Promise<void> {
    try {
      await this.containers.start(name);
    } catch (error) {
      const state = await this.containers.inspect(name);
      if (state !== null && wasStarted(state)) return;
      await this.containers.remove(name);
      throw error;
    }
  }

  async #readable(
    { programs, scripts = [], read, network }: Confinement['reach'],
    env: RunPlan['env'],
  ): Promise<string[]> {
    const authorities = network === 'host' ? await existing(AUTHORITIES) : [];
    const located = await Promise.all(programs.map((program) => locateProgram(program, env)));
    const started = [
      ...located.filter((program) => program !== null),
      ...(scripts.length === 0 ? [] : [process.execPath]),
    ];
    const libraries = await Promise.all(started.map((program) => this.#librariesOf(program)));
    return existing([
      ...[...started, ...libraries.flat(), ...scripts.flatMap(sourcesOf)],
      ...[...read, ...authorities.slice(0, 1)],
    ]);
  }

  #librariesOf(program: string): Promise<string[]> {
    const found = this.#libraries.get(program) ?? librariesOf(program);
    this.#libraries.set(program, found);
    return found;
  }
}

/** The compiled sources (`src`) that a script is one of, with what says that they are modules. */
function sourcesOf(script: string): string[] {
  const sources = script.slice(0, script.lastIndexOf('/src/') + '/src'.length);
  return [sources, path.join(sources, '../package.json'), path.join(sources, '../../package.json')];
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((one) =>
      realpath(one).then(
        () => one,
        () => null,
      ),
    ),
  );
  return found.filter((one) => one !== null);
}
