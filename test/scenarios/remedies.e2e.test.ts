import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build } from '../../src/contracts/builds.js';
import { scripted, type ScriptedRegistry } from '../adapters/registry/scripted-registry.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

/** The others need root. */
const METHODS = process.getuid?.() === 0 ? ['buildx', 'kaniko', 'container'] : ['buildx'];

let kiln: TestKiln;
let registry: ScriptedRegistry;
beforeAll(async () => {
  registry = await scripted((request, response) => {
    response.writeHead(request.url === '/v2/' ? 200 : 429, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'pull rate limit' }] }));
  });
  kiln = await startKiln({ KILN_ALLOWED_NETWORKS: '127.0.0.0/8' }, undefined, [
    '--methods',
    METHODS.join(','),
  ]);
  await kiln.json('POST', '/v1/projects', { slug: 'app', trust: 'trusted' });
}, 600_000);
afterAll(async () => {
  await kiln?.stop();
  await registry?.close();
}, 60_000);

async function build(method: string, dockerfile: string): Promise<Build> {
  const { id } = await kiln.json<Build>('POST', '/v1/projects/app/builds', {
    method,
    source: { kind: 'inline' },
    options: { dockerfile_inline: dockerfile },
  });
  return kiln.until(id, (one) => hasEnded(one) && one.log_complete);
}

// buildah itself waits for minutes before it gives up.
test.each(METHODS.filter((method) => method !== 'container'))(
  '%s tells of a registry that limits requests, and what to do',
  async (method) => {
    const { result } = await build(method, `FROM ${registry.host}/library/app:1\nRUN true\n`);
    expect(result).toMatchObject({
      failure_code: 'registry_limited',
      failure_stage: 'build',
      failure_reason: expect.stringMatching(
        `no more requests for now .*kiln credentials set registry ${registry.host}`,
      ),
      failure_fix: expect.stringContaining('KILN_REGISTRY_MIRRORS'),
    });
  },
  60_000,
);

test.each(METHODS)(
  '%s tells of a program for another processor, and of a step that looks up a name in vain',
  async (method) => {
    const elf = String.raw`printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\267\000\001' > /tool`;
    const foreign = await build(
      method,
      `FROM ${kiln.baseImage}\nRUN ${elf} && head -c 200 /dev/zero >> /tool && chmod +x /tool\nRUN ["/tool"]\n`,
    );
    expect([foreign.result.failure_code, foreign.result.failure_reason]).toEqual([
      'platform_not_runnable',
      expect.stringContaining('/tool of the image is a program for another platform'),
    ]);
    const nameless = await build(
      method,
      `FROM ${kiln.baseImage}\nRUN echo "wget: bad address 'nowhere.test'" && exit 3\n`,
    );
    expect(nameless.result).toMatchObject({
      failure_code: 'build_step_failed',
      exit_code: 3,
      failure_reason: expect.stringMatching(
        /failed with exit code 3 \(Dockerfile line 2\)\. It could not look up a name/,
      ),
    });
  },
  90_000,
);
