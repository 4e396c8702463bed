import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { openScanner, SCANNER_NAMES } from '../adapters/inspection/open-scanner.js';
import { inOwnFolder } from '../adapters/inspection/own-folder.js';
import { runSyft } from '../adapters/inspection/syft.js';
import { createSaveLayout } from '../adapters/registry/save-layout.js';
import type { RegistryTransport } from '../adapters/registry/transport.js';
import { KilnError } from '../domain/errors.js';
import type { ImagePackage } from '../domain/packages/image-package.js';
import { secretsToldByImage, type ToldByImage } from '../domain/secrets/told-by-image.js';
import type { Owner } from '../ports/dispatch.js';
import type { HeldManifest, MakeSbom } from '../ports/sboms.js';
import type { FindScanner } from '../ports/scans.js';
import type { RegistryCredential } from '../ports/secrets.js';
import { findProgram } from './find-programs.js';
import { hideValues } from './hide-values.js';
import { NO_SYFT } from './no-syft.js';

const VERSION_TIMEOUT_MS = 20_000;
/** Of an image, compressed. Its layers are unpacked beside it. */
const MAX_IMAGE_BYTES = 32 * 1024 ** 3;
const NO_SCANNER =
  'no scanner is here: install grype (https://github.com/anchore/grype) or trivy on the host of the controller, or set KILN_SCANNER';

/** Why no bill of materials can be made here; null where one can. */
export async function sbomTrouble(syft: string, searchPath: string | undefined): Promise<string | null> {
  return (await findProgram(syft, searchPath ?? '')) === null ? NO_SYFT : null;
}

/** Makes bills of materials with the syft that is there at that moment, of images that it fetches itself: syft gets no credential. */
export function createMakeSbom(options: {
  readonly syft: string;
  readonly searchPath: string | undefined;
  readonly transport: RegistryTransport;
  readonly credential: (owner: Owner, host: string) => Promise<RegistryCredential | null>;
  /** Values that must not be seen in what is told of the image. */
  readonly hiddenIn: (owner: Owner, manifest: HeldManifest) => Promise<readonly string[]>;
}): MakeSbom {
  return async (owner, manifest, installed, signal) => {
    const path = await findProgram(options.syft, options.searchPath ?? '');
    if (path === null) return { failureReason: NO_SYFT };
    const version = await syftVersion(path);
    if (version === null) return { failureReason: `${path} is no syft: set KILN_SYFT_PATH` };
    const saveLayout = createSaveLayout({
      transport: options.transport,
      credentials: (host) => options.credential(owner, host),
    });
    return inOwnFolder(async (folder) => {
      let told: ToldByImage;
      try {
        told = await saveLayout(manifest, join(folder, 'image'), { maxBytes: MAX_IMAGE_BYTES, signal });
      } catch (error) {
        if (!(error instanceof KilnError) || error.code !== 'payload_too_large') throw error;
        return { failureReason: error.message };
      }
      const hidden = [...(await options.hiddenIn(owner, manifest)), ...secretsToldByImage(told)];
      const hideFor = (packages: readonly ImagePackage[]) => hideValues(hidden, packages);
      return runSyft({ path, version }, folder, manifest, { installed, hideFor, signal });
    });
  };
}

interface ScannerSearch {
  readonly scanner: string | undefined;
  readonly searchPath: string | undefined;
}

/** The scanner that is set, or grype or trivy in PATH, as it is at that moment. */
export function createFindScanner(
  options: ScannerSearch & { readonly database: string | undefined; readonly userCache: string | undefined },
): FindScanner {
  const { scanner, database = null } = options;
  const userCache = options.userCache ?? join(homedir(), '.cache');
  return async (signal) => {
    if (scanner === 'off') return { failureReason: 'scans are off (KILN_SCANNER)' };
    const path = await scannerPath(options);
    if (path !== null) return openScanner(path, { database, userCache }, signal);
    return {
      failureReason: scanner === undefined ? NO_SCANNER : `KILN_SCANNER names no program: ${scanner}`,
    };
  };
}

/** Where that scanner lies; null where there is none. Starts nothing. */
export async function scannerPath({ scanner, searchPath = '' }: ScannerSearch): Promise<string | null> {
  if (scanner === 'off') return null;
  for (const name of scanner === undefined ? SCANNER_NAMES : [scanner]) {
    const path = await findProgram(name, searchPath);
    if (path !== null) return path;
  }
  return null;
}

function syftVersion(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const env = { HOME: '/nonexistent', SYFT_CHECK_FOR_APP_UPDATE: 'false' };
    execFile(path, ['version'], { env, cwd: '/', timeout: VERSION_TIMEOUT_MS }, (error, stdout) => {
      const [, version = null] = /^Version:\s+v?(\S+)/m.exec(stdout) ?? [];
      resolve(error === null && /^Application:\s+syft/m.test(stdout) ? version : null);
    });
  });
}
