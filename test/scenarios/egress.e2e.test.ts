import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Build } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

let kiln: TestKiln;
/** What stands for a service of the platform, or of a cloud, that only this machine reaches. */
let service: Server;
const visits: string[] = [];

beforeAll(async () => {
  kiln = await startKiln();
  service = createServer((request, response) => {
    visits.push(request.url ?? '');
    response.end('of the platform');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
}, 300_000);
afterAll(async () => {
  service.close();
  await kiln.stop();
}, 60_000);
beforeEach(() => void visits.splice(0));

const place = (): string => `http://127.0.0.1:${(service.address() as AddressInfo).port}/of-the-platform`;

const finish = async (dockerfile: string, options: Record<string, unknown> = {}): Promise<Build> => {
  const { id } = await kiln.build(dockerfile, options);
  return kiln.until(id, hasEnded);
};

test('a Dockerfile that ADDs from a port of this machine is refused before a slot is spent', async () => {
  await expect(kiln.build(`FROM scratch\nADD ${place()} /added`)).rejects.toThrow(
    /host_not_allowed.*line 2, column 5/,
  );

  expect(visits).toEqual([]);
});

test('the builder refuses what a base image names by ONBUILD and nobody has judged', async () => {
  const named = await finish(`FROM ${kiln.baseImage}\nENV PLACE=${place()}`);
  const trigger = await finish(`FROM ${named.destinations[0]}\nONBUILD ADD $PLACE /added`);
  expect([named.result, trigger.result]).toMatchObject([{ failure_code: null }, { failure_code: null }]);

  const build = await finish(`FROM ${trigger.destinations[0]}`);

  expect(build.result).toMatchObject({
    failure_code: 'host_not_allowed',
    failure_reason: expect.stringContaining(`${place()}: the Dockerfile does not tell its host`),
  });
  expect(visits).toEqual([]);
}, 120_000);

test('a cache on a port of this machine is refused before a slot is spent', async () => {
  const { port } = service.address() as AddressInfo;

  await expect(
    kiln.build('FROM scratch\nENV A=1', { cache_from: [`127.0.0.1:${port}/cache:1`] }),
  ).rejects.toThrow(/host_not_allowed.*cache_from: The host 127\.0\.0\.1/);

  expect(visits).toEqual([]);
}, 60_000);
