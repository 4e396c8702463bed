import { parseBuildFile } from '../../../src/adapters/build-file/parse-build-file.js';
import { settingsOfFile } from '../../../src/contracts/build-file.js';
import { KilnError } from '../../../src/domain/errors.js';
import { METHOD_NAMES, METHODS } from '../../../src/engines/methods.js';

function refusal(text: string): KilnError {
  try {
    parseBuildFile(text, 'kiln.yaml');
  } catch (error) {
    if (error instanceof KilnError && error.code === 'build_file_invalid') return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

test('a whole build file is read', () => {
  const text = `
version: 1
method: buildx
context: app
dockerfile: docker/Dockerfile
target: final
args:
  NODE: "20"
platforms: [linux/amd64]
cache: { enabled: true, from: [localhost:5000/app:cache] }
secrets: [npm-token, { id: netrc, name: netrc-of-team }]
destinations: [localhost:5000/app]
timeout: 15m
`;
  expect(parseBuildFile(text, 'kiln.yaml')).toEqual({
    version: 1,
    method: 'buildx',
    context: 'app',
    dockerfile: 'docker/Dockerfile',
    target: 'final',
    args: { NODE: '20' },
    platforms: ['linux/amd64'],
    cache: { enabled: true, from: ['localhost:5000/app:cache'] },
    secrets: [
      { id: 'npm-token', name: 'npm-token' },
      { id: 'netrc', name: 'netrc-of-team' },
    ],
    destinations: ['localhost:5000/app'],
    timeout: '15m',
  });
});

test.each(METHOD_NAMES)('with %s a build file says how long test reports are kept', (method) => {
  const text = `version: 1\nmethod: ${method}\ntests: { reports: /reports, retention: days_90 }\n`;
  const { method: _method, ...settings } = settingsOfFile(parseBuildFile(text, 'kiln.yaml'));
  expect(METHODS[method]?.settings.parse(settings)).toEqual({
    tests: { reports: '/reports', retention: 'days_90' },
  });
});

test('what was read can be read again', () => {
  const once = parseBuildFile('version: 1\nsecrets: [a]\ntimeout: 90s\n', 'kiln.yaml');
  expect(parseBuildFile(JSON.stringify(once), 'kiln.yaml')).toEqual(once);
});

test.each([
  [
    'version: 1\ndockerfil: x\n',
    'line 2, column 1',
    'There is no field "dockerfil". Did you mean "dockerfile"?',
  ],
  // A source does not open its own gate.
  ['version: 1\ngate: null\n', 'line 2, column 1', 'There is no field "gate"; there are version'],
  ['version: 1\ncache:\n  form: []\n', 'line 3, column 3', 'There is no field "form". Did you mean "from"?'],
  [
    'version: 1\nresources: { cpu: 2 }\n',
    'line 2, column 14',
    'There is no field "cpu". Did you mean "cpus"?',
  ],
  [
    'version: 1\nresources: { memory: 2G }\n',
    'line 2, column 22',
    'resources.memory: Write bytes, or a number with a unit',
  ],
  [
    'version: 1\nresources: { cpus: 0 }\n',
    'line 2, column 20',
    'resources.cpus: A number of CPUs, such as 2 or 1.5, from 0.01',
  ],
  ['version: 1\nresources: { pids: 1.5 }\n', 'line 2, column 20', 'resources.pids: A whole number from 32'],
  ['version: 1\nresources: { network: all }\n', 'line 2, column 23', 'none, egress, host, default'],
  ['version: 1\ntests: { fail_on_failures: true }\n', 'line 2, column 8', 'tests'],
  [
    'version: 1\ntests: { target: a, retention: days_30 }\n',
    'line 2, column 8',
    'retention is about reports',
  ],
  [
    'version: 1\nartifacts: [{ name: a, target: b, path: /c/../d }]\n',
    'line 2, column 41',
    'artifacts.0.path: A path in a stage holds no ".."',
  ],
  ['version: 1\nargs:\n  V: 1.10\n', 'line 3, column 6', 'Write the value in quotes: "1.1"'],
  ['version: 1\nmethod: nosuch\n', 'line 2, column 9', 'method: A build method is one of buildx, container'],
  ['version: 2\n', 'line 1, column 10', 'The version of the format is 1'],
  ['dockerfile: a\n', 'line 1, column 1', 'version: The version of the format is 1'],
  ['', 'line 1, column 1', 'version: The version of the format is 1'],
  ['version:\n', 'line 1, column 9', 'version: The version of the format is 1'],
  ['', 'line 1, column 1', 'version:'],
  ['version: 1\ndockerfile: ../x\n', 'line 2, column 13', 'leads out of the build context'],
  ['version: 1\nplatforms: [linux/amd64, linux/amd64]\n', 'line 2, column 12', 'named twice'],
  ['version: 1\nargs: { BUILDKIT_X: "1" }\n', 'line 2, column 21', 'reserved'],
  ['version: 1\nmethod: make\n', 'line 2, column 9', 'buildx'],
  ['version: 1\ntimeout: 1s\n', 'line 2, column 10', 'From 10 seconds'],
  ['version: 1\ndestinations: [app]\n', 'line 2, column 16', 'names no registry'],
  ['version: 1\nversion: 1\n', 'line 2, column 1', 'unique'],
  ['version: 1\nargs: [\n', 'line 3, column 1', ''],
  ['version: 1\ntarget: !!js/function "x"\n', 'line 2, column 9', 'tag'],
  ['version: 1\ntarget: !secret x\n', 'line 2, column 9', 'tag'],
  ['version: 1\n---\nversion: 1\n', 'line 2, column 1', 'multiple documents'],
])('%j is refused at its place', (text, place, message) => {
  const error = refusal(text);
  expect(error.fields[0]?.field).toBe(place);
  expect(error.fields[0]?.message).toContain(message);
  expect(error.message).toContain(`kiln.yaml, ${place}: `);
});

test('a bomb of aliases is refused', () => {
  const levels = Array.from(
    { length: 9 },
    (_, n) => `l${n + 1}: &l${n + 1} [${Array.from({ length: 9 }, () => `*l${n}`).join(', ')}]`,
  );
  expect(refusal(`l0: &l0 [x]\n${levels.join('\n')}\n`).message).toMatch(/alias/i);
});

test('a file that is too long is refused before it is parsed', () => {
  expect(refusal(`# ${'x'.repeat(70_000)}`).message).toContain('characters');
});

test('any bytes are either read or refused as an invalid build file', () => {
  for (const text of [
    '\0',
    '\ufeffversion: 1',
    '- a',
    '"x"',
    '? [a]\n: b',
    '{__proto__: {a: 1}}',
    '%YAML 1.1\n---\nyes',
  ])
    expect(() => {
      try {
        parseBuildFile(text, 'kiln.yaml');
      } catch (error) {
        if (!(error instanceof KilnError)) throw error;
      }
    }).not.toThrow();
});
