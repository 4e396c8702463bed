import { constants } from 'node:fs';
import { access, mkdir, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { refusalOfApt } from '../../src/embedded/programs/apt-consent.js';
import type { Bundle } from '../../src/embedded/programs/declaration.js';
import { lastLines, runCommand } from '../../src/embedded/programs/run-command.js';
import { bundleFolder, defaultCacheFolder, installBundle } from '../../src/embedded/programs/tool-cache.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Chromium and the libraries that this machine lacks, out of Debian packages; nothing is installed on the machine. */
const CHROMIUM: Bundle = {
  name: 'chromium',
  version: 'debian',
  means: 'apt',
  refusal: refusalOfApt,
  install: async ({ folder }) => {
    const refusal = refusalOfApt();
    if (refusal !== undefined) throw new Error(`No Chromium is in PATH, and ${refusal}.`);
    const apt = join(folder, 'apt');
    for (const part of ['lists/partial', 'cache/archives/partial'])
      await mkdir(join(apt, part), { recursive: true });
    const places = [
      '-o',
      `Dir::State::lists=${join(apt, 'lists')}`,
      '-o',
      `Dir::Cache=${join(apt, 'cache')}`,
    ];
    const rights = ['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=root'];
    await must('apt-get', ['-q', ...places, ...rights, 'update']);
    const wanted = [
      '-y',
      '--no-install-recommends',
      '--download-only',
      'install',
      'chromium',
      'fonts-dejavu-core',
    ];
    await must('apt-get', ['-q', ...places, ...rights, ...wanted]);
    const archives = join(apt, 'cache', 'archives');
    for (const file of await readdir(archives)) {
      if (file.endsWith('.deb')) await must('dpkg', ['-x', join(archives, file), folder]);
    }
  },
};

async function must(file: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runCommand(file, args);
  if (code !== 0) throw new Error(`${file} ${args.at(-1)} failed:\n${lastLines(output, 6)}`);
}

/** Starts a headless Chromium: the one in PATH, else one that is unpacked into the tool cache. */
export async function startChromium(args: readonly string[] = []): Promise<Browser> {
  const { executablePath, env } = (await inPath()) ?? (await inCache());
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [...sandbox, ...args], env: { ...process.env, ...env } });
}

interface Found {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

async function inPath(): Promise<Found | null> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const executablePath = join(folder, name);
      const isThere = await access(executablePath, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return { executablePath, env: {} };
    }
  }
  return null;
}

async function inCache(): Promise<Found> {
  const cache = defaultCacheFolder(process.env, process.getuid?.());
  await installBundle(cache, CHROMIUM, () => undefined);
  const folder = bundleFolder(cache, CHROMIUM);
  const libraries = await readdir(join(folder, 'usr', 'lib'));
  const own = libraries
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join(folder, 'usr', 'lib', name))
    .flatMap((place) => [place, join(place, 'pulseaudio')]);
  return {
    executablePath: join(folder, 'usr', 'lib', 'chromium', 'chromium'),
    env: { LD_LIBRARY_PATH: own.join(':') },
  };
}
