import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusalOfApt } from '../../src/embedded/programs/apt-consent.js';
import type { Bundle } from '../../src/embedded/programs/declaration.js';
import { unpackDebianPackage } from '../../src/embedded/programs/download-debian-package.js';
import { runCommand } from '../../src/embedded/programs/run-command.js';
import { bundleFolder, defaultCacheFolder, installBundle } from '../../src/embedded/programs/tool-cache.js';
import { freePort } from './real-registry.js';

/** Paths, or names in PATH. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

const BUNDLE: Bundle = {
  name: 'test-prometheus',
  version: 'debian',
  means: 'apt',
  install: async ({ folder }) => {
    const work = path.join(folder, 'work');
    const bin = path.join(folder, 'bin');
    await mkdir(work);
    await mkdir(bin);
    await unpackDebianPackage('prometheus', work);
    for (const name of ['prometheus', 'promtool'])
      await copyFile(path.join(work, 'usr/bin', name), path.join(bin, name));
    await rm(work, { recursive: true });
  },
};

/** Prometheus and promtool: those in PATH, else Debian's, unpacked into the tool cache. Rejects where apt may not be used. */
export async function findPrometheus(): Promise<PrometheusPrograms> {
  const names = { prometheus: 'prometheus', promtool: 'promtool' };
  const inPath = await Promise.all(Object.values(names).map((name) => runCommand(name, ['--version'])));
  if (inPath.every(({ code }) => code === 0)) return names;
  const refusal = refusalOfApt();
  if (refusal !== undefined) throw new Error(`No Prometheus is in PATH, and ${refusal}.`);
  const cache = defaultCacheFolder(process.env, process.getuid?.());
  await installBundle(cache, BUNDLE, () => undefined);
  const bin = path.join(bundleFolder(cache, BUNDLE), 'bin');
  return { prometheus: path.join(bin, 'prometheus'), promtool: path.join(bin, 'promtool') };
}

/** One series of an answer, with its newest value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface TestPrometheus {
  /** Rejects with the words of Prometheus where it is no PromQL. */
  query(expression: string): Promise<Sample[]>;
  /** Rules that were read, each with what came of its last evaluation: `ok` or `err`. */
  rules(): Promise<{ readonly name: string; readonly health: string; readonly state: string }[]>;
  stop(): Promise<void>;
}

const EVERY = '1s';

/** A Prometheus on loopback that scrapes `targets` (host:port) as the job `kiln` and evaluates the rules, each second. */
export async function startPrometheus(options: {
  readonly targets: readonly string[];
  readonly ruleFiles: readonly string[];
}): Promise<TestPrometheus> {
  const { prometheus } = await findPrometheus();
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-prometheus-'));
  const config = path.join(folder, 'prometheus.yml');
  // JSON is YAML.
  const settings = {
    global: { scrape_interval: EVERY, evaluation_interval: EVERY },
    rule_files: options.ruleFiles,
    scrape_configs: [{ job_name: 'kiln', static_configs: [{ targets: options.targets }] }],
  };
  await writeFile(config, JSON.stringify(settings));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    prometheus,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const isReady = (): Promise<boolean> =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let tries = 0; !(await isReady()); tries += 1) {
    if (tries === 600 || child.exitCode !== null) {
      await stop();
      throw new Error(`Prometheus does not start: ${said}`);
    }
    await sleep(50);
  }
  const ask = async <T>(what: string): Promise<T> => {
    const answer = (await (await fetch(`http://${address}/api/v1/${what}`)).json()) as Answer<T>;
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  };
  return {
    async query(expression) {
      const { result } = await ask<Vector>(`query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    async rules() {
      const { groups } = await ask<{
        groups: { rules: { name: string; health: string; state: string }[] }[];
      }>('rules');
      return groups.flatMap(({ rules }) => rules);
    },
    stop,
  };
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}
interface Vector {
  readonly result: readonly {
    readonly metric: Record<string, string>;
    readonly value: readonly [number, string];
  }[];
}
