import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { LeaseGrant, LogSeal } from '../contracts/supervisor.js';
import type { RunFailure, RunOutcome } from '../domain/builds/outcome.js';
import { type AskedResources, grantedResources, type RunResources } from '../domain/builds/resources.js';
import type { Step } from '../domain/builds/step-status.js';
import { DEFAULT_TRUST, type Trust } from '../domain/builds/trust.js';
import type { BuildWarning } from '../domain/builds/warning.js';
import { BUILT_IN_LIMITS, type EffectiveLimits } from '../domain/limits/effective-limits.js';
import type { LeaseRef } from '../domain/dispatch/lease.js';
import type { MaterialFile } from '../domain/images/materials.js';
import type { BaseImage } from '../domain/images/dockerfile/base-image.js';
import type { RecordedSource } from '../ports/dispatch.js';
import type { RunPlan } from '../ports/engine.js';
import type { RunReport } from '../ports/supervisor.js';
import { removeTree } from './remove-tree.js';
import { readJsonFile, syncFolder, writeDurably } from './durable-file.js';

/** Why a run is being ended from outside: a person asked, the controller did for a reason of its own, the lease is gone. */
export type StopReason = 'cancelled' | 'stopped' | 'lost' | 'refused';

/** How far a run has come. A field is written before what follows from it is done. */
export interface RunState {
  /** The worker asked for the run (a lease may also be held for a publication alone). */
  readonly requested: boolean;
  readonly stop: StopReason | null;
  readonly sourceDurationMs: number | null;
  /** What the git source is; it is what the api has recorded, or is about to. */
  readonly source: RecordedSource | null;
  /** The plan that was (or is about to be) started, without its environment. */
  readonly plan: RunPlan | null;
  /** What the Dockerfile of the plan stands on. */
  readonly baseImage: BaseImage | null;
  /** Images that its source names by digest, without that: they do not move with their tags. */
  readonly pinnedImages: readonly string[];
  /** What its Dockerfile has ADD fetch. */
  readonly remoteFiles: readonly MaterialFile[];
  /** The registries of its Dockerfile that have mirrors. */
  readonly mirrored: readonly string[];
  /** What a lint has found in its Dockerfile. */
  readonly lintWarnings: readonly BuildWarning[];
  /** A limit that the run has gone over, for which it is being ended. */
  readonly exceeded: RunFailure | null;
  /** The process ended while no supervisor was there; what it says may be the end of the host's other services. */
  readonly endedUnwatched: boolean;
  /** The end of the run with its sealed log; what is left to do is to send them. */
  readonly ending: { readonly outcome: RunOutcome; readonly log: LogSeal } | null;
  /** The ending is stored by the api, or never can be. */
  readonly report: RunReport | null;
}

const FRESH: RunState = {
  requested: false,
  stop: null,
  sourceDurationMs: null,
  source: null,
  plan: null,
  baseImage: null,
  pinnedImages: [],
  remoteFiles: [],
  mirrored: [],
  lintWarnings: [],
  exceeded: null,
  endedUnwatched: false,
  ending: null,
  report: null,
};

interface LeaseFile {
  readonly lease: LeaseRef;
  readonly grant: LeaseGrant;
}

/** The durable memory of one attempt: a folder `<buildId>-<attempt>` with lease, state, tape, log chunks and run. */
export class Journal {
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    readonly folder: string,
    readonly lease: LeaseRef,
    private currentGrant: LeaseGrant,
    private currentState: RunState,
  ) {}

  static async create(runsFolder: string, lease: LeaseRef, grant: LeaseGrant): Promise<Journal> {
    const folder = path.join(runsFolder, runKey(lease));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(runsFolder);
    const journal = new Journal(folder, lease, grant, FRESH);
    await journal.saveGrant(grant);
    return journal;
  }

  /** Null when the folder holds no lease (it was being made, or being removed). */
  static async open(folder: string): Promise<Journal | null> {
    const held = await readJsonFile<LeaseFile>(path.join(folder, 'lease.json'));
    if (held === null) return null;
    const state = await readJsonFile<RunState>(path.join(folder, 'state.json'));
    return new Journal(folder, held.lease, held.grant, { ...FRESH, ...state });
  }

  /** Folders of all journals, also of broken ones. */
  static async list(runsFolder: string): Promise<string[]> {
    return (await readdir(runsFolder)).map((name) => path.join(runsFolder, name));
  }

  get grant(): LeaseGrant {
    return this.currentGrant;
  }

  /** Limits of the build, as they were when it was accepted. */
  get limits(): EffectiveLimits {
    return { ...BUILT_IN_LIMITS, ...this.currentGrant.run.limits };
  }

  /** That of the project when the build was accepted. */
  get trust(): Trust {
    return this.currentGrant.run.trust ?? DEFAULT_TRUST;
  }

  /** What the build may use of this host, as far as its limits go. */
  get resources(): RunResources {
    return grantedResources(this.asked, this.limits);
  }

  /** What somebody has asked for. */
  get asked(): AskedResources {
    return this.currentGrant.run.resources ?? {};
  }

  get state(): RunState {
    return this.currentState;
  }

  /** Keeps a new lease token. */
  async saveGrant(grant: LeaseGrant): Promise<void> {
    this.currentGrant = grant;
    const held: LeaseFile = { lease: this.lease, grant };
    await this.#inOrder(() => writeDurably(this.at('lease.json'), JSON.stringify(held)));
  }

  async save(change: Partial<RunState>): Promise<void> {
    this.currentState = { ...this.currentState, ...change };
    await this.#inOrder(() => writeDurably(this.at('state.json'), JSON.stringify(this.currentState)));
  }

  saveSteps(steps: readonly Step[]): Promise<void> {
    return writeDurably(this.at('steps.json'), JSON.stringify(steps));
  }

  async steps(): Promise<readonly Step[]> {
    return (await readJsonFile<Step[]>(this.at('steps.json'))) ?? [];
  }

  get runFolder(): string {
    return this.at('run');
  }
  get tapePath(): string {
    return this.at('tape.jsonl');
  }
  get chunksPath(): string {
    return this.at('chunks.jsonl');
  }
  get uploadedPath(): string {
    return this.at('uploaded.json');
  }
  /** Context, secrets and work files; removed when the run ends. */
  get workspace(): Workspace {
    const root = this.at('workspace');
    const inside = (name: string): string => path.join(root, name);
    return {
      root,
      context: inside('context'),
      work: inside('work'),
      secrets: inside('secrets'),
      registries: inside('registries'),
      archive: inside('context.tar'),
      source: inside('source'),
      artifacts: inside('artifacts'),
      dockerfile: inside('Dockerfile'),
    };
  }

  async removeWorkspace(): Promise<void> {
    await removeTree(this.workspace.root);
  }

  /** Makes room for the end of a run that reads its source no more. Its secrets stay: its output is masked by them. */
  async removeSource(): Promise<void> {
    const { context, source, archive } = this.workspace;
    for (const place of [context, source, archive]) await removeTree(place);
  }

  /** Removes what a run with an ending does not need any more: roots of builders, which may hold many files. What is kept of it stays. */
  async removeWork(): Promise<void> {
    await removeTree(this.workspace.work);
  }

  /** Removes what a run with a report does not need any more, its raw output (in which secrets may stand) above all. */
  async removeRemains(): Promise<void> {
    await removeTree(this.workspace.root);
    await removeTree(this.runFolder);
  }

  /** The lease file goes first: what is left without one has no owner and is removed at the next start. */
  async remove(): Promise<void> {
    await rm(this.at('lease.json'), { force: true });
    await removeTree(this.folder);
  }

  #inOrder(write: () => Promise<void>): Promise<void> {
    const mine = this.#saving.catch(() => {}).then(write);
    this.#saving = mine;
    return mine;
  }

  private at(name: string): string {
    return path.join(this.folder, name);
  }
}

export interface Workspace {
  readonly root: string;
  readonly context: string;
  readonly work: string;
  readonly secrets: string;
  /** Where the builder finds the credentials of registries. */
  readonly registries: string;
  readonly archive: string;
  /** Scratch folder of a git fetch. */
  readonly source: string;
  /** What is kept of the run, by digest. */
  readonly artifacts: string;
  /** The text that was judged, for who explains a failure. */
  readonly dockerfile: string;
}

export function runKey(lease: { buildId: string; attempt: number }): string {
  return `${lease.buildId}-${lease.attempt}`;
}
