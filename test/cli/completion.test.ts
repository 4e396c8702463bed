import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI_COMMANDS } from '../../src/cli/command-table.js';
import { MAIN_COMMANDS } from '../../src/main/command-table.js';
import { aBuild } from '../support/api-records.js';
import { type FakeApi, json, startFakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
beforeAll(async () => {
  api = await startFakeApi();
  const project = { slug: 'app', name: 'The app' };
  api.on('GET /v1/projects', (_request, response) =>
    json(response, 200, { items: [project], next_cursor: null }),
  );
  api.on('GET /v1/builds', (_request, response) =>
    json(response, 200, { items: [aBuild({ project: 'app', build_number: 3 })], next_cursor: null }),
  );
});
afterAll(() => api.close());

/** The values that are proposed after these words; the last one is under the cursor. */
async function proposed(...words: string[]): Promise<string[]> {
  const ran = await runKiln(['__complete', ...words], { apiUrl: api.url });
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  return ran.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0] as string);
}

describe('completion', () => {
  it('proposes every command of the table, and help', async () => {
    const names = [...MAIN_COMMANDS, ...CLI_COMMANDS].map(({ name }) => name);
    expect(await proposed('')).toEqual([...names, 'help']);
    expect(await proposed('help', 'bui')).toEqual(['build', 'builds']);
  });

  it.each([
    [['bui'], ['build', 'builds']],
    [['projects', 's'], ['set']],
    [['registry', 'test', '--pro'], ['--project']],
    [['builds', '--status', 'f'], ['failed']],
    [['builds', '-s', 'f'], ['failed']],
    [['build', '--progress', '=', 'p'], ['plain']],
    [
      ['build', '--progress='],
      ['--progress=auto', '--progress=plain', '--progress=none'],
    ],
    [['build', '--no'], ['--no-cache']],
    [['build', '--method', 'ka'], ['kaniko']],
    [['build', '--method=bui'], ['--method=buildx']],
    [['build', '--no-cache', '--no'], []],
    [['build', '--build-arg', 'A=1', '--build-a'], ['--build-arg']],
    [['build', '--project', ''], ['app']],
    [['projects', 'set', ''], ['app']],
    [
      ['credentials', 'set', 'git'],
      ['git-token', 'git-ssh-key'],
    ],
    [['show', ''], ['app#3']],
    [['show', 'app#3', ''], []],
    [
      ['retry', 'app#3', '--from', ''],
      ['source', 'publish'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['limits', 'unset', 'context'],
      ['context_max_bytes', 'context_max_entries'],
    ],
    [
      ['limits', 'unset', 'context_max_bytes', '--project', 'app', 'log'],
      ['log_head_bytes', 'log_tail_bytes'],
    ],
    [['limits', 'set', '--project', 'app', 'image_max_bytes=2GiB', 'step'], ['step_timeout_seconds=']],
    [['limits', 'set', 'image_max_bytes', '=', '2GiB', 'step'], ['step_timeout_seconds=']],
    [['build', ''], []],
    [['nonsense', ''], []],
  ])('after %j proposes %j', async (words, values) => {
    expect(await proposed(...words)).toEqual(values);
  });

  it('says what a proposal means', async () => {
    const { stdout } = await runKiln(['__complete', 'show', ''], { apiUrl: api.url });
    expect(stdout).toBe('app#3\tin_progress\n');
  });

  it('is silent where no Kiln is known, none answers, or the token is refused', async () => {
    for (const env of [
      {},
      { KILN_API_URL: 'http://127.0.0.1:9', KILN_TOKEN: 'x' },
      { KILN_API_URL: api.url, KILN_TOKEN: 'wrong' },
    ]) {
      const ran = await runKiln(['__complete', 'show', ''], { env });
      expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    }
  });

  it('does not wait for a Kiln that takes its time', async () => {
    api.on('GET /v1/projects', () => undefined);
    expect(await proposed('projects', 'set', '')).toEqual([]);
    // Any other command waits for twenty.
  }, 15_000);
});
