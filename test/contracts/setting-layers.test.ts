import { BUILT_IN_LIMITS } from '../../src/domain/limits/effective-limits.js';
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { settingLayers } from '../../src/contracts/setting-layers.js';
import {
  BuildFile,
  type BuildFileInput,
  ProjectDefaults,
  type ProjectDefaults as Defaults,
} from '../../src/contracts/build-file.js';
import { effectiveBuild } from '../../src/contracts/effective-build.js';
import { NewBuild } from '../../src/contracts/new-build.js';
import type { Project } from '../../src/ports/records.js';

const PLACES = ['request', 'build_file', 'project'] as const;
type Place = (typeof PLACES)[number];

interface Field {
  /** What a build file says at this place. */
  readonly inFile: (place: Place) => unknown;
  /** What a request says for the same. */
  readonly inRequest: object;
  /** The name of the setting as `kiln show --config` prints it. */
  readonly setting: string;
  /** The value that the build has when this place decides; with none, the built-in one. */
  readonly value: (place: Place | undefined) => unknown;
}

const option = (setting: string, builtIn: unknown, of: (place: Place) => unknown): Field => ({
  inFile: of,
  inRequest: { options: { [setting]: of('request') } },
  setting,
  value: (place) => (place === undefined ? builtIn : of(place)),
});

/** Each field of a build file with a value of its own for each place. */
const FIELDS: Record<string, Field> = {
  method: {
    inFile: () => 'buildx',
    inRequest: { method: 'buildx' },
    setting: 'method',
    value: () => 'buildx',
  },
  dockerfile: option('dockerfile', 'Dockerfile', (place) => `${place}/Dockerfile`),
  needs: {
    inFile: (place) => ({ zone: place }),
    inRequest: { needs: { zone: 'request' } },
    setting: 'needs',
    value: (place) => (place === undefined ? undefined : { zone: place }),
  },
  context: option('build_context', '.', (place) => `from-${place}`),
  args: {
    inFile: (place) => ({ WHERE: place }),
    inRequest: { options: { build_args: { WHERE: 'request' } } },
    setting: 'build_args.WHERE',
    value: (place) => (place === undefined ? {} : { WHERE: place }),
  },
  target: option('target_stage', undefined, (place) => `stage-${place}`),
  platforms: option('platforms', [], (place) => [`linux/arm/v${PLACES.indexOf(place)}`]),
  ssh: option('ssh', [], (place) => [{ id: 'default', name: `key-of-${place}` }]),
  tests: option('tests', undefined, (place) => ({ target: `tests-of-${place}` })),
  artifacts: option('artifacts', [], (place) => [{ name: place, target: place, path: `/${place}` }]),
  'cache.enabled': option('cache_enabled', true, () => true),
  'cache.from': option('cache_from', [], (place) => [`r.example/cache/${place}`]),
  'cache.to': option('cache_to', [], (place) => `r.example/cache/${place}`),
  secrets: {
    inFile: (place) => [{ id: 'token', name: `of-${place}` }],
    inRequest: { options: { secrets: [{ id: 'token', name: 'of-request' }] } },
    setting: 'secrets.token',
    value: (place) => (place === undefined ? [] : [{ id: 'token', name: `of-${place}` }]),
  },
  timeout: {
    inFile: (place) => `${PLACES.indexOf(place) + 1}m`,
    inRequest: { timeout_seconds: 60 },
    setting: 'timeout_seconds',
    value: (place) => (place === undefined ? 3600 : (PLACES.indexOf(place) + 1) * 60),
  },
  destinations: {
    inFile: (place) => [`r.example/app/${place}`],
    inRequest: { destinations: ['r.example/app/request:1'] },
    setting: 'destinations',
    value: (place) =>
      place === undefined ? [] : [place === 'request' ? 'r.example/app/request:1' : `r.example/app/${place}`],
  },
  'resources.memory': {
    inFile: (place) => `${PLACES.indexOf(place) + 1}GiB`,
    inRequest: { resources: { memory: '1GiB' } },
    setting: 'memory_bytes',
    value: (place) => (place === undefined ? undefined : (PLACES.indexOf(place) + 1) * 1024 ** 3),
  },
  'resources.cpus': {
    inFile: (place) => PLACES.indexOf(place) + 1.5,
    inRequest: { resources: { cpus: 1.5 } },
    setting: 'cpu_milli',
    value: (place) => (place === undefined ? undefined : PLACES.indexOf(place) * 1000 + 1500),
  },
  'resources.pids': {
    inFile: (place) => PLACES.indexOf(place) + 100,
    inRequest: { resources: { pids: 100 } },
    setting: 'pids',
    value: (place) => (place === undefined ? undefined : PLACES.indexOf(place) + 100),
  },
  'resources.network': {
    inFile: () => 'none',
    inRequest: { resources: { network: 'none' } },
    setting: 'network',
    value: (place) => (place === undefined ? undefined : 'none'),
  },
};

/** Fields that the method buildx does not have. */
const OF_OTHER_METHODS = [
  ...['cache.repo', 'builder', 'run_image', 'buildpacks', 'env', 'bindings', 'template', 'base_images'],
];

/** Where the value of a field is found in a build as it will be made. */
function valueOf(build: ReturnType<typeof effectiveBuild>, { setting }: Field): unknown {
  const [name = ''] = setting.split('.');
  if (name === 'method') return build.method;
  if (name === 'timeout_seconds') return build.timeoutSeconds;
  if (name === 'destinations') return build.destinations;
  if (['memory_bytes', 'cpu_milli', 'pids', 'network', 'needs'].includes(name))
    return build.resources[name as keyof typeof build.resources];
  return build.options[name as keyof typeof build.options];
}

/** A build file that says what `place` says of these fields. */
function fileOf(place: Place, fields: readonly string[]): BuildFileInput {
  const file: Record<string, unknown> = { version: 1 };
  for (const field of fields) {
    const [name = '', inner] = field.split('.');
    const value = FIELDS[field]?.inFile(place);
    file[name] = inner === undefined ? value : { ...(file[name] as object), [inner]: value };
  }
  return file as unknown as BuildFileInput;
}

/** What an api makes of a request, the file that is sent with it and the project. */
function build(saying: ReadonlyMap<string, readonly Place[]>) {
  const fieldsOf = (place: Place): string[] =>
    [...saying].flatMap(([field, places]) => (places.includes(place) ? [field] : []));
  const asked = fieldsOf('request').map((field) => FIELDS[field]?.inRequest ?? {});
  const body = NewBuild.parse({
    source: { kind: 'upload', upload_id: '7f1d2f4e-7d1c-4d3a-9a39-111111111111' },
    ...Object.assign({}, ...asked),
    options: Object.assign({}, ...asked.map((one) => ('options' in one ? one.options : {}))),
    resources: Object.assign({}, ...asked.map((one) => ('resources' in one ? one.resources : {}))),
    build_file: { name: 'kiln.yaml', content: fileOf('build_file', fieldsOf('build_file')) },
  });
  const { destinations = [], ...defaults } = fileOf('project', fieldsOf('project'));
  const project = {
    defaults: ProjectDefaults.parse(defaults) as Defaults,
    destinations,
  } as unknown as Project;
  return effectiveBuild(settingLayers(body, project), BUILT_IN_LIMITS);
}

test('the table names every field of the build file', () => {
  const { version: _version, cache, resources, ...shape } = BuildFile.shape;
  const inner = Object.entries({ cache, resources }).flatMap(([outer, schema]) =>
    Object.keys(schema.unwrap().shape).map((name) => `${outer}.${name}`),
  );
  expect([...Object.keys(FIELDS), ...OF_OTHER_METHODS].sort()).toEqual(
    [...Object.keys(shape), ...inner].sort(),
  );
});

test('request comes before build file, build file before project, project before what is built in: for every field', () => {
  const saying = fc
    .tuple(...Object.keys(FIELDS).map((field) => fc.tuple(fc.constant(field), fc.subarray([...PLACES]))))
    .map((entries) => new Map(entries));
  fc.assert(
    fc.property(saying, (given) => {
      const made = build(given);
      for (const [name, places] of given) {
        const field = FIELDS[name]!;
        const winner = PLACES.find((place) => places.includes(place));
        expect([name, valueOf(made, field)]).toEqual([name, field.value(winner)]);
        const isUnsetPart = winner === undefined && field.value(undefined) === undefined;
        const origin = winner ?? (isUnsetPart || field.setting.includes('.') ? undefined : 'built_in');
        if (name !== 'destinations' || winner !== undefined) {
          expect([name, made.origins[field.setting]]).toEqual([name, origin]);
        }
      }
    }),
  );
});
