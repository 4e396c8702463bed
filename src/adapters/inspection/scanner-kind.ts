import type { Finding, ScanDatabase } from '../../domain/scans/finding.js';

/** How one scanner is asked, and what it says. The readers raise for what they do not know. */
export interface ScannerKind {
  /** Of its program, too. */
  readonly name: 'grype' | 'trivy';
  /** @param database the folder that the operator has named; @param userCache where the programs of its user keep theirs. */
  readonly environment: (database: string | null, userCache: string) => Readonly<Record<string, string>>;
  readonly versionArguments: readonly string[];
  readonly readVersion: (text: string) => string;
  readonly databaseArguments: () => readonly string[];
  readonly readDatabase: (text: string) => ScanDatabase | { readonly failureReason: string };
  /** The bill of materials as this scanner understands it. */
  readonly prepare: (cyclonedx: Uint8Array) => Uint8Array;
  readonly scanArguments: (sbomFile: string) => readonly string[];
  readonly readReport: (json: string) => Finding[];
  /** Where its report tells of the image what its author has put into it: that is not kept. */
  readonly authorTexts: readonly (readonly string[])[];
  /** How to get a database, in words. */
  readonly databaseRemedy: string;
}
