import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { refusalOfApt } from './apt-consent.js';
import type { Bundle } from './declaration.js';
import { unpackDebianPackage } from './download-debian-package.js';

/** A binary taken out of a Debian package, in the version that the machine's release serves. */
export interface AptBundle {
  readonly name: string;
  readonly debianPackage: string;
  /** Binary name -> its path in the package. */
  readonly binaries: Readonly<Record<string, string>>;
}

/** Declares a bundle whose binaries come out of a Debian package. */
export function aptBundle(bundle: AptBundle): Bundle {
  return {
    name: bundle.name,
    version: 'debian',
    means: 'apt',
    refusal: refusalOfApt,
    install: async ({ folder, onText }) => {
      onText(`downloading the Debian package ${bundle.debianPackage}`);
      const work = join(folder, 'work');
      await mkdir(work);
      await unpackDebianPackage(bundle.debianPackage, work);
      await mkdir(join(folder, 'bin'));
      for (const [binary, path] of Object.entries(bundle.binaries))
        await copyFile(join(work, path), join(folder, 'bin', binary));
      await rm(work, { recursive: true, force: true });
    },
  };
}
