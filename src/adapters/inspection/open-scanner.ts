import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScanResult } from '../../domain/scans/finding.js';
import type { Explored } from '../../ports/explorations.js';
import type { Scanner } from '../../ports/scans.js';
import { GRYPE } from './grype.js';
import { leaveOut } from './leave-out-author-texts.js';
import { inOwnFolder } from './own-folder.js';
import { type ProgramBounds, type ProgramEnd, runProgram } from './run-program.js';
import type { ScannerKind } from './scanner-kind.js';
import { TRIVY } from './trivy.js';

const KINDS = [GRYPE, TRIVY];
export const SCANNER_NAMES = KINDS.map(({ name }) => name);

const QUESTION_BOUNDS: ProgramBounds = {
  timeoutMs: 60_000,
  memoryBytes: 2 * 1024 ** 3,
  diskBytes: 1024 ** 3,
};
const SCAN_BOUNDS: ProgramBounds = {
  timeoutMs: 10 * 60_000,
  memoryBytes: 3 * 1024 ** 3,
  diskBytes: 4 * 1024 ** 3,
};

/** The scanner at a path, which says itself what it is, with its database; or why it cannot be used, with what to do. */
export async function openScanner(
  program: string,
  places: { readonly database: string | null; readonly userCache: string },
  signal: AbortSignal,
): Promise<Scanner | { readonly failureReason: string }> {
  return inOwnFolder(async (folder) => {
    const ask = (kind: ScannerKind, args: readonly string[]) =>
      runProgram(program, args, {
        folder,
        env: kind.environment(places.database, places.userCache),
        bounds: QUESTION_BOUNDS,
        signal,
      });
    const complaints: string[] = [];
    for (const kind of KINDS) {
      const end = await ask(kind, kind.versionArguments);
      if ('failureReason' in end) complaints.push(end.failureReason);
      const version = read(end, kind.readVersion);
      if (typeof version !== 'string') continue;
      const tool = `${kind.name} ${version}`;
      const database = read(await ask(kind, kind.databaseArguments()), kind.readDatabase);
      if ('failureReason' in database)
        return {
          failureReason: `the database of ${kind.name} cannot be used (${database.failureReason}): ${kind.databaseRemedy}`,
        };
      return {
        tool,
        database,
        scan: (sbom, stop) => scan(program, kind, places, { tool, database, sbom, signal: stop }),
      };
    }
    const [complaint] = complaints;
    if (complaint !== undefined && complaints.length === KINDS.length)
      return {
        failureReason: `${program} cannot be asked what it is (${complaint}): mend that, or set KILN_SCANNER to another grype or trivy`,
      };
    return { failureReason: `${program} is neither grype nor trivy: set KILN_SCANNER to one of them` };
  });
}

async function scan(
  program: string,
  kind: ScannerKind,
  places: { readonly database: string | null; readonly userCache: string },
  {
    tool,
    database,
    sbom,
    signal,
  }: Pick<Scanner, 'tool' | 'database'> & {
    readonly sbom: Uint8Array;
    readonly signal: AbortSignal;
  },
): Promise<Explored<ScanResult>> {
  return inOwnFolder(async (folder) => {
    const file = join(folder, 'sbom.json');
    await writeFile(file, kind.prepare(sbom), { mode: 0o600 });
    const end = await runProgram(program, kind.scanArguments(file), {
      folder,
      env: kind.environment(places.database, places.userCache),
      bounds: SCAN_BOUNDS,
      signal,
    });
    const findings = read(end, kind.readReport);
    if ('failureReason' in findings) return findings;
    const report = 'stdout' in end ? leaveOut(end.stdout, kind.authorTexts) : Buffer.alloc(0);
    return { tool, database, findings, report };
  });
}

/** What a program has printed, as `reader` understands it; else why it did not, or that it is not understood. */
function read<Answer>(
  end: ProgramEnd,
  reader: (text: string) => Answer,
): Answer | { readonly failureReason: string } {
  if ('failureReason' in end) return end;
  try {
    return reader(end.stdout.toString('utf8'));
  } catch (error) {
    return { failureReason: `what it says is not understood: ${String(error).slice(0, 200)}` };
  }
}
