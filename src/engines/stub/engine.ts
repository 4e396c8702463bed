import { fileURLToPath } from 'node:url';
import type { Engine, PlanInput, RunPlan } from '../../ports/engine.js';
import type { BuildMethod } from '../../domain/builds/method.js';
import { createStubParser } from './parse.js';
import { parseStubOptions, type StubOptions } from './schema.js';

export interface StubEngineOptions {
  /** The method it stands in for. */
  readonly method?: BuildMethod;
  /** The compiled script; the one beside this file by default. */
  readonly scriptPath?: string;
}

/** Builds nothing: prints lines and steps as told, for load and fault tests. */
export function createStubEngine(options: StubEngineOptions = {}): Engine<StubOptions> {
  const scriptPath = options.scriptPath ?? fileURLToPath(new URL('./script.js', import.meta.url));
  return {
    method: options.method ?? 'buildx',
    worksInProcess: true,
    parseOptions: parseStubOptions,
    plan: (input) => planStub(scriptPath, input),
    reachOf: ({ contextFolder, workFolder, secretFiles }) => ({
      programs: [],
      scripts: [scriptPath],
      read: [contextFolder, ...Object.values(secretFiles)],
      write: [workFolder],
      network: 'host',
    }),
    createParser: () => createStubParser(),
  };
}

function planStub(scriptPath: string, input: PlanInput<StubOptions>): RunPlan {
  const { options, staging, host } = input;
  const registry = staging.repository.split('/')[0] ?? '';
  const order: StubOrder = {
    seconds: options.seconds,
    lines: options.lines,
    steps: options.steps,
    exitCode: options.exit_code,
    spawnChild: options.spawn_child,
    ignoreSigterm: options.ignore_sigterm,
    image: options.image,
    sharedLayers: options.shared_layers,
    buildId: input.buildId,
    repository: staging.repository,
    tag: staging.tag,
    scheme: host.insecureRegistries.includes(registry) ? 'http' : 'https',
    secretFile: options.print_secret === null ? null : (input.secretFiles[options.print_secret] ?? null),
  };
  const orderFile = `${input.workFolder}/order.json`;
  return {
    argv: [process.execPath, scriptPath, orderFile],
    env: {},
    cwd: input.contextFolder,
    files: { [orderFile]: JSON.stringify(order) },
    outputs: [],
  };
}

/** What the script is told. */
export interface StubOrder {
  readonly seconds: number;
  readonly lines: number;
  readonly steps: number;
  readonly exitCode: number;
  readonly spawnChild: boolean;
  readonly ignoreSigterm: boolean;
  readonly image: boolean;
  readonly sharedLayers: number;
  readonly buildId: string;
  readonly repository: string;
  readonly tag: string;
  readonly scheme: 'http' | 'https';
  readonly secretFile: string | null;
}
