import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { PROCESS_VARIABLES } from '../../src/config/variables.js';
import { knownVariables } from '../support/describe-configuration.js';

const ROOT = new URL('../../', import.meta.url).pathname;

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
/** Services that end by themselves or are run by hand; everything else says whether it is well. */
const ENDING = ['setup', 'temporal-schema', 'cli'];

it('holds everything that Kiln needs', () => {
  expect(Object.keys(compose.services)).toEqual(
    expect.arrayContaining(
      ['postgres', 'temporal', 'temporal-ui', 'registry', 'buildkit', 'api', 'controller'].concat(
        'supervisor',
        'worker',
        'setup',
      ),
    ),
  );
});

it('gives every serving container a health check, and waits for health or completion only', () => {
  const silent = services.filter(([name, { healthcheck }]) => !ENDING.includes(name) && !healthcheck);
  expect(silent.map(([name]) => name)).toEqual([]);
  for (const [, { depends_on: waitsFor = {} }] of services) {
    for (const [name, { condition }] of Object.entries(waitsFor)) {
      expect([name, condition]).toEqual([
        name,
        ENDING.includes(name) ? 'service_completed_successfully' : 'service_healthy',
      ]);
    }
  }
});

it('pins every image that it does not build', () => {
  const images = services.map(([, { image }]) => image).filter((image) => !image.startsWith('${KILN_IMAGE'));
  expect(images.filter((image) => !/^docker\.io\/[\w/-]+:v?\d+[\w.-]*$/.test(image))).toEqual([]);
});

it('names only volumes, networks and secrets that it declares, and files that are there', () => {
  for (const [, service] of services) {
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
    for (const network of service.networks ?? []) expect(Object.keys(compose.networks)).toContain(network);
    for (const secret of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(secret);
  }
});

it('has no secret in clear: passwords and tokens go by files', () => {
  const settings = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
  const suspicious = settings.filter(([name]) => /PASSWORD|PWD|TOKEN|SECRET|KEY/.test(name));
  expect(suspicious.filter(([name]) => !name.endsWith('_FILE'))).toEqual([]);
  expect(settings.filter(([, value]) => /:\/\/[^/@]*:[^/@]+@/.test(String(value)))).toEqual([]);
  expect(Object.values(compose.secrets).every(({ file }) => file.startsWith('./secrets/'))).toBe(true);
  expect(readFileSync(join(ROOT, '.gitignore'), 'utf8')).toContain('/secrets/');
});

it('lets each store and each set of secrets be mounted by the process concerned only', () => {
  const mountedBy = (volume: string): string[] =>
    services
      .filter(([, { volumes = [] }]) => volumes.some((mount) => mount.startsWith(`${volume}:`)))
      .map(([name]) => name)
      .sort();
  expect(mountedBy('setup-secrets')).toEqual(['setup']);
  expect(mountedBy('setup-keyring')).toEqual(['api', 'controller', 'setup']);
  expect(mountedBy('setup-api')).toEqual(['api', 'setup']);
  expect(mountedBy('setup-controller')).toEqual(['controller', 'setup']);
  expect(mountedBy('setup-host')).toEqual(['setup', 'supervisor', 'worker']);
});

it('keeps RUN steps away from everything but the registry', () => {
  const on = (network: string): string[] =>
    services.filter(([, { networks = [] }]) => networks.includes(network)).map(([name]) => name);
  expect(compose.services['buildkit']?.networks).toEqual(['builds']);
  expect(on('builds').sort()).toEqual(['buildkit', 'registry']);
});

it('publishes ports on this machine only', () => {
  const ports = services.flatMap(([, { ports: published = [] }]) => published);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

it('sets only variables that the process reads', () => {
  const known: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
    Object.entries(PROCESS_VARIABLES).map(([name, shape]) => [name, Object.keys(shape)]),
  );
  for (const [name, { environment = {} }] of services) {
    const ours = Object.keys(environment).filter((variable) => variable.startsWith('KILN_'));
    expect([name, ours.filter((variable) => !knownVariables().has(variable))]).toEqual([name, []]);
    const reads = known[name];
    if (reads === undefined) continue;
    const settings = ours.filter((variable) => variable !== 'KILN_CONFIG_FILE');
    expect([name, settings.filter((variable) => !reads.includes(variable.replace(/_FILE$/, '')))]).toEqual([
      name,
      [],
    ]);
  }
});
