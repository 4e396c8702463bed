import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '../../domain/format-bytes.js';
import type { ImagePackage } from '../../domain/packages/image-package.js';
import type { Explored } from '../../ports/explorations.js';
import type { MadeSbom } from '../../ports/sboms.js';
import { type Hide, hideInDocument } from './hide-in-document.js';
import { leaveOutLabels } from './leave-out-author-texts.js';
import { type DpkgPackage, leaveOutRemoved } from './leave-out-removed.js';
import { readCycloneDx } from './read-cyclonedx.js';
import { type ProgramBounds, runProgram } from './run-program.js';

const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;
const MAX_PACKAGES = 50_000;

export const SYFT_BOUNDS: ProgramBounds = {
  timeoutMs: 15 * 60_000,
  memoryBytes: 2 * 1024 ** 3,
  diskBytes: 64 * 1024 ** 3,
};

/**
 * Makes the bill of materials of an image that lies as an OCI layout in `folder/image`, with syft, in both formats at once. It reaches no
 * network: the image is on the disk, and its look for updates is off.
 */
export async function runSyft(
  program: { readonly path: string; readonly version: string },
  folder: string,
  image: { readonly repository: string; readonly digest: string },
  options: {
    /** Null where nobody knows. */
    readonly installed: readonly DpkgPackage[] | null;
    /** Hides what must not be seen in a document with these packages. */
    readonly hideFor?: (packages: readonly ImagePackage[]) => Hide;
    readonly bounds?: ProgramBounds;
    readonly signal: AbortSignal;
  },
): Promise<Explored<MadeSbom>> {
  const files = { cyclonedx: join(folder, 'cyclonedx.json'), spdx: join(folder, 'spdx.json') };
  const end = await runProgram(
    program.path,
    [
      'scan',
      `oci-dir:${join(folder, 'image')}`,
      '--quiet',
      // What the documents say of where the image came from, in the place of the folder.
      `--source-name=${image.repository}`,
      `--source-version=${image.digest}`,
      `--output=cyclonedx-json=${files.cyclonedx}`,
      `--output=spdx-json=${files.spdx}`,
    ],
    {
      folder,
      env: { SYFT_CHECK_FOR_APP_UPDATE: 'false' },
      bounds: options.bounds ?? SYFT_BOUNDS,
      signal: options.signal,
    },
  );
  if ('failureReason' in end) return end;
  for (const [format, file] of Object.entries(files)) {
    const found = await stat(file).catch(() => null);
    if (found === null) return { failureReason: `syft wrote no ${format} document` };
    if (found.size > MAX_DOCUMENT_BYTES)
      return { failureReason: `the ${format} document has more than ${formatBytes(MAX_DOCUMENT_BYTES)}` };
  }
  const [cyclonedx, spdx] = await Promise.all([readFile(files.cyclonedx), readFile(files.spdx)]);
  let documents: { cyclonedx: Buffer; spdx: Buffer } = { cyclonedx, spdx };
  let read: ReturnType<typeof readCycloneDx>;
  try {
    if (options.installed !== null) documents = leaveOutRemoved(documents, options.installed);
    documents = { ...documents, cyclonedx: leaveOutLabels(documents.cyclonedx) };
    read = readCycloneDx(documents.cyclonedx.toString('utf8'));
    if (options.hideFor !== undefined) {
      const hide = options.hideFor(read.packages);
      documents = {
        cyclonedx: hideInDocument(documents.cyclonedx, hide),
        spdx: hideInDocument(documents.spdx, hide),
      };
      read = readCycloneDx(documents.cyclonedx.toString('utf8'));
    }
  } catch (error) {
    return { failureReason: `what syft wrote cannot be read: ${String(error).slice(0, 200)}` };
  }
  const packages = read.packages.slice(0, MAX_PACKAGES);
  const leftOut = read.leftOut + read.packages.length - packages.length;
  return {
    tool: `syft ${program.version}`,
    ...documents,
    packages,
    note: leftOut === 0 ? null : `${leftOut} packages of the document cannot be searched for.`,
  };
}
