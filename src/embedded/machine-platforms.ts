import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the kernel tells of programs that it starts by an emulator. */
export const BINFMT_FOLDER = '/proc/sys/fs/binfmt_misc';

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm: 'arm/v7',
};

/** By the name under which QEMU registers an emulator. */
const EMULATORS: Readonly<Record<string, string>> = {
  aarch64: 'linux/arm64',
  arm: 'linux/arm/v7',
  i386: 'linux/386',
  loongarch64: 'linux/loong64',
  mips64el: 'linux/mips64le',
  ppc64le: 'linux/ppc64le',
  riscv64: 'linux/riscv64',
  s390x: 'linux/s390x',
  x86_64: 'linux/amd64',
};

export interface Emulator {
  /** Such as `aarch64`. */
  readonly name: string;
  /** Builds see nothing of the files of the host, so it has to be opened when it is registered (flag F). */
  readonly isForBuilds: boolean;
}

/** The platform whose programs this machine runs itself: `linux/amd64`. */
export function machinePlatform(): string {
  return `linux/${ARCHITECTURES[process.arch] ?? process.arch}`;
}

/** The emulators that are registered and on, in the order of their names. */
export async function readEmulators(folder = BINFMT_FOLDER): Promise<Emulator[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('qemu-')).sort();
  const entries = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8').catch(() => '') })),
  );
  return entries
    .filter(({ text }) => /^enabled$/m.test(text))
    .map(({ name, text }) => ({
      name: name.replace('qemu-', ''),
      isForBuilds: /^flags:.*F/m.test(text),
    }));
}

/** Platforms whose programs builds can run by an emulator of this machine. */
export async function emulatedPlatforms(folder = BINFMT_FOLDER): Promise<string[]> {
  const useful = (await readEmulators(folder)).filter(({ isForBuilds }) => isForBuilds);
  const own = machinePlatform();
  return useful.flatMap(({ name }) => EMULATORS[name] ?? []).filter((platform) => platform !== own);
}
