import type { BuiltBy, Changed } from '../domain/builds/what-if.js';
import type { PinImages } from '../domain/builds/rebuild.js';
import type { ProjectDefaults } from '../contracts/build-file.js';
import type { Source } from '../contracts/builds.js';
import type { BaseImageWatch } from '../domain/base-images/watch.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { AskedResources } from '../domain/builds/resources.js';
import type { ResumePhase } from '../domain/builds/retry.js';
import type { SettingLayers } from '../domain/builds/settings.js';
import type { BuildStatus } from '../domain/builds/status.js';
import type { BuildTrigger } from '../domain/builds/trigger.js';
import type { GateChange, GatePolicy } from '../domain/gates/gate-policy.js';
import type { GateStatus } from '../domain/gates/gate-status.js';
import type { Trust } from '../domain/builds/trust.js';
import type { RetentionChange, RetentionPolicy } from '../domain/retention/retention-policy.js';
import type { EffectiveLimits } from '../domain/limits/effective-limits.js';

/** One page of a list, newest first. `nextCursor` is opaque; null on the last page. */
export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

export interface NewProject {
  readonly slug: string;
  readonly name: string;
  /** Repository for the project's images (`host[:port]/path`). */
  readonly imageRepository: string;
  /** Where its builds go unless they name destinations themselves; `imageRepository` when empty. */
  readonly destinations: readonly string[];
  readonly defaults: ProjectDefaults;
  /** Untrusted when absent. */
  readonly trust?: Trust;
}

/** What is undefined stays as it is. */
export interface ProjectChange {
  readonly name: string | undefined;
  readonly imageRepository: string | undefined;
  readonly destinations: readonly string[] | undefined;
  readonly defaults: ProjectDefaults | undefined;
  /** Of a gate what is to change, and the rest stays; null for none. */
  readonly gate: GateChange | null | undefined;
  readonly trust?: Trust | undefined;
  /** The same of the retention. */
  readonly retention?: RetentionChange | null | undefined;
  /** Takes the place of the one before; null for none. */
  readonly baseImageWatch?: BaseImageWatch | null | undefined;
}

export interface Project {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly imageRepository: string;
  readonly destinations: readonly string[];
  /** Settings of builds that neither request nor build file decides. */
  readonly defaults: ProjectDefaults;
  /** Null lets every image pass. */
  readonly gate: GatePolicy | null;
  readonly trust: Trust;
  /** Null removes no images. */
  readonly retention: RetentionPolicy | null;
  /** Null for a project that is not watched. */
  readonly baseImageWatch: BaseImageWatch | null;
  readonly createdAt: string;
}

export interface Upload {
  readonly id: string;
  /** Of the list. */
  readonly sha256: string;
  /** Of all files as they lie unpacked. */
  readonly sizeBytes: number;
  readonly entryCount: number;
  readonly createdAt: string;
}

/** A validated request for a build. Options are those of the method's schema. */
export interface AcceptBuild {
  readonly projectId: string;
  readonly method: BuildMethod;
  readonly options: Readonly<Record<string, unknown>>;
  readonly source: Source;
  /** repository:tag references; empty means those of the project. */
  readonly destinations: readonly string[];
  readonly priority: number;
  readonly buildTimeoutMs: number;
  readonly resources: AskedResources;
  /** What was said where; the fields above are what came out of it. */
  readonly settingLayers: SettingLayers;
  /** As they are now; they stay the build's. */
  readonly limits: EffectiveLimits;
  /** That of the project now; it stays the build's. */
  readonly trust: Trust;
  /** Code of a stranger, which is untrusted too; false when absent. */
  readonly withoutSecrets?: boolean;
  /** Name of the build file; of a git source its path where it is not kiln.yaml. */
  readonly buildFile: string | null;
  readonly git: {
    commit: string | null;
    branch: string | null;
    author: string | null;
    message: string | null;
  };
  readonly trigger: BuildTrigger;
  /** Idempotency-Key header with the SHA-256 of the canonical request. */
  readonly idempotency: { readonly key: string; readonly requestSha256: string } | null;
}

/** What a retry would build, as far as trust goes. */
export interface JudgedRetry {
  readonly method: BuildMethod;
  readonly resources: AskedResources;
  readonly trust: Trust;
}

/** A request for a retry of a build's chain. */
export interface RetryBuild {
  readonly buildId: string;
  readonly resumeFrom: ResumePhase;
  /** As they are now: raising one helps a retry. */
  readonly limits: EffectiveLimits;
  /** Raises when the project, at the trust that it has now, may not build so. */
  readonly judge: (build: JudgedRetry) => void;
  readonly idempotency: AcceptBuild['idempotency'];
}

export interface RebuildRequest extends Omit<RetryBuild, 'resumeFrom'> {
  /** Makes the method take the images that the build used. */
  readonly pin: PinImages;
}

export interface WhatIfRequest extends Omit<RetryBuild, 'resumeFrom'> {
  /** Applies the changes to what the build was made by. */
  readonly change: (before: BuiltBy) => Changed;
}

/** The settings of a build: what came out, and what was said where. */
export interface StoredConfig {
  readonly method: BuildMethod;
  readonly buildNumber: number;
  readonly imageRepository: string;
  readonly source: Source;
  readonly options: Readonly<Record<string, unknown>>;
  readonly destinations: readonly string[];
  readonly buildTimeoutMs: number;
  readonly resources: AskedResources;
  /** Null for a build that was accepted before they were kept. */
  readonly layers: SettingLayers | null;
  readonly limits: EffectiveLimits;
  readonly trust: Trust;
  readonly withoutSecrets: boolean;
  /** Null while none was read. */
  readonly buildFile: string | null;
}

export interface BuildFilter {
  readonly projectId: string | null;
  /** Of the build in its project. */
  readonly number: number | null;
  readonly status: BuildStatus | null;
  readonly gateStatus: GateStatus | null;
  readonly branch: string | null;
  readonly method: string | null;
  /** The beginning of a commit, or all of it, in lower-case hexadecimal digits. */
  readonly commit: string | null;
  /** What-ifs alone, or none of them. */
  readonly whatIfs?: 'only' | 'without' | null;
  readonly limit: number;
  readonly cursor: string | null;
}

export type {
  Attempt,
  Build,
  BuildLayer,
  BuildMetrics,
  BuildStep,
  BuildWarning,
  LogChunk,
  StatusChange,
} from '../contracts/builds.js';
export type { Publication } from '../contracts/publications.js';
