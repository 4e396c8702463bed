import type { ScannedManifest } from '../domain/gates/judge-scans.js';
import type { ScanDatabase, ScanResult } from '../domain/scans/finding.js';
import type { Explored } from './explorations.js';

/** A scanner that is on this host, with the database that it would judge by now. */
export interface Scanner {
  /** Program and version, such as `grype 0.121.3`. */
  readonly tool: string;
  readonly database: ScanDatabase;
  /** Judges a bill of materials in CycloneDX. It reaches no network. What it cannot do is a reason; an abort is raised. */
  scan(cyclonedx: Uint8Array, signal: AbortSignal): Promise<Explored<ScanResult>>;
}

/** The scanner of this host as it is now, or why there is none. */
export type FindScanner = (signal: AbortSignal) => Promise<Scanner | { readonly failureReason: string }>;

/** By what an image was scanned last. */
export interface KnownScan {
  readonly tool: string;
  readonly database: ScanDatabase;
}

/** Rows of scans, as the controller makes them. */
export interface Scans {
  /** By what a manifest was scanned last; null where it never was, or where the newest try came to nothing and is to be repeated. */
  known(tenantId: string, digest: string): Promise<KnownScan | null>;
  /** What the newest scan has found. `trouble`: why there is none, or why the newest try came to nothing. */
  found(tenantId: string, digest: string): Promise<Omit<ScannedManifest, 'platform'>>;
  /** Writes what was found in the place of what was found before, or why the try came to nothing; then the older scan stays. */
  save(tenantId: string, digest: string, scan: Explored<ScanResult>): Promise<void>;
  /** Writes down why this installation can scan no image; null where it can. */
  noteTrouble(trouble: string | null): Promise<void>;
}
