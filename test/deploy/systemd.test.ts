import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadSetupConfig } from '../../src/config.js';
import { knownVariables } from '../support/describe-configuration.js';

const DEPLOY = new URL('../../deploy/', import.meta.url).pathname;
const units = readdirSync(join(DEPLOY, 'systemd')).map(
  (name) => [name, readFileSync(join(DEPLOY, 'systemd', name), 'utf8')] as const,
);
const kilns = units.filter(([name]) => name !== 'kiln-buildkit.service');

it('has a unit for every process and for BuildKit', () => {
  expect(units.map(([name]) => name).sort()).toEqual(
    ['api', 'buildkit', 'controller', 'supervisor', 'worker'].map((name) => `kiln-${name}.service`),
  );
});

it.each(kilns)(
  '%s starts its own process, sets variables that Kiln knows, and none in clear',
  (name, text) => {
    expect(text).toContain(`/dist/bundles/${name.slice('kiln-'.length, -'.service'.length)}.js`);
    const variables = text.match(/\bKILN_[A-Z_]+/g) ?? [];
    expect(variables.filter((variable) => !knownVariables().has(variable))).toEqual([]);
    expect(text).not.toMatch(/(?:TOKEN|PASSWORD|DATABASE_URL)=/);
  },
);

it.each(kilns)('%s is hardened and reads its own files only', (name, text) => {
  for (const line of ['NoNewPrivileges=yes', 'ProtectSystem=strict', 'CapabilityBoundingSet=']) {
    expect(text.split('\n')).toContain(line);
  }
  const owner = /kiln-(api|controller)/.exec(name)?.[1] ?? 'host';
  const credentials = [...text.matchAll(/LoadCredential=[^:]+:\/etc\/kiln\/(\w+)\//g)].map(
    ([, from]) => from,
  );
  expect(credentials.filter((from) => from !== owner && (from !== 'keyring' || owner === 'host'))).toEqual(
    [],
  );
});

it('takes buildctl from where BuildKit is started from', () => {
  const text = (wanted: string) => units.find(([name]) => name === `kiln-${wanted}.service`)?.[1];
  const folder = /ExecStart=(\S+)\/buildkitd /.exec(text('buildkit') ?? '')?.[1];
  expect(text('supervisor')).toContain(`\nEnvironment=KILN_BUILDCTL_PATH=${folder}/buildctl\n`);
});

it('leaves runs alone when the supervisor is stopped', () => {
  expect(units.find(([name]) => name === 'kiln-supervisor.service')?.[1]).toContain('\nKillMode=process\n');
});

it('has an example of settings for kiln setup that is whole', () => {
  const example = readFileSync(join(DEPLOY, 'setup.env.example'), 'utf8');
  const settings = Object.fromEntries(
    example.split('\n').flatMap((line) => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined || name.endsWith('_FILE') ? [] : [[name, value]];
    }),
  );
  expect(loadSetupConfig(settings).warnings).toEqual([]);
});
