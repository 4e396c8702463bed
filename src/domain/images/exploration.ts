import type { LayerEntry } from './layer-entry.js';
import type { LayerEffect } from './layer-stack.js';
import type { ImagePackage } from '../packages/image-package.js';
import type { PackageDatabase } from './packages.js';

/** Whether the layers of an image were looked into. */
export const EXPLORATION_STATES = ['pending', 'explored', 'failed'] as const;
export type ExplorationState = (typeof EXPLORATION_STATES)[number];

/** What was found in one layer. */
export interface LayerContents {
  /** Of the tar. */
  readonly unpackedSizeBytes: number;
  /** All entries, also those that the list lacks. */
  readonly entryCount: number;
  readonly entries: readonly LayerEntry[];
  readonly packageDatabases: readonly PackageDatabase[];
  /** What was left out, in words; null when the list is whole. */
  readonly note: string | null;
}

/** What the layers of one image come to. */
export interface ImageContents {
  readonly unpackedSizeBytes: number;
  /** From the base up, one for each layer. */
  readonly layers: readonly LayerEffect[];
  /** Null without a package database that can be read. */
  readonly packages: readonly ImagePackage[] | null;
  readonly note: string | null;
}

/** How much may be looked at. What lies beyond is stated, or makes the exploration a failed one. */
export interface ExplorationLimits {
  /** Entries of one layer that are listed. */
  readonly maxEntries: number;
  /** Most that one layer may unpack to. */
  readonly maxUnpackedBytes: number;
  /** Of a package database that is read. */
  readonly maxDatabaseBytes: number;
}

export const EXPLORATION_LIMITS: ExplorationLimits = {
  maxEntries: 200_000,
  maxUnpackedBytes: 64 * 1024 ** 3,
  maxDatabaseBytes: 32 * 1024 ** 2,
};

/** Share of the bytes of all files that the image shows: 1 where no layer hides what another holds. */
export function efficiencyOf(fileSizeBytes: number, wastedBytes: number): number {
  return fileSizeBytes === 0 ? 1 : (fileSizeBytes - wastedBytes) / fileSizeBytes;
}
