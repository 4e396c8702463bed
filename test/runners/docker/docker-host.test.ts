import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDockerHost } from '../../../src/runners/docker/docker-host.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-'));
const socket = path.join(folder, 's');
let server: Server;
let answers: Record<string, { status: number; body: unknown }>;
const INFO = { CgroupDriver: 'cgroupfs', NCPU: 2, SecurityOptions: ['name=seccomp,profile=default'] };

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://docker');
    const { status, body } = answers[pathname] ?? { status: 404, body: { message: 'no such thing' } };
    request.resume().on('end', () => response.writeHead(status).end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  answers = {
    '/v1.41/info': { status: 200, body: INFO },
    '/v1.41/images/create': { status: 200, body: {} },
  };
});
const open = () => openDockerHost({ address: `unix://${socket}`, busybox: '/bin/busybox' });

test('an engine that makes control groups by path is told where', async () => {
  expect(await open()).toMatchObject({ takesGroupPath: true, cpus: 2 });
  answers['/v1.41/info']!.body = { ...INFO, CgroupDriver: 'systemd' };
  expect(await open()).toMatchObject({ takesGroupPath: false });
});

test.each(['name=rootless', 'name=userns'])('an engine with %s is refused, and why', async (option) => {
  answers['/v1.41/info']!.body = { ...INFO, SecurityOptions: [option] };
  await expect(open()).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('KILN_DOCKER_HOST') as unknown,
  });
});

test('an engine that refuses what it is asked is quoted in the detail', async () => {
  answers['/v1.41/images/create'] = { status: 500, body: { message: 'no space left' } };
  await expect(open()).rejects.toMatchObject({ code: 'runner_unavailable', detail: '500: no space left' });
});
