import { loadSupervisorConfig } from '../../src/config.js';

const load = (given: Record<string, string>) =>
  loadSupervisorConfig({
    KILN_API_URL: 'http://127.0.0.1:8080',
    KILN_WORKER_TOKEN: 't0ken',
    KILN_STATE_DIR: '/s',
    ...given,
  });

test('a host says its labels, its zone, and which holes are mended in spite of their version', () => {
  expect(load({})).toMatchObject({ labels: {}, zone: undefined, acceptedHoles: [], drainSeconds: 60 });
  expect(
    load({
      KILN_LABELS: 'gpu=true, memory=32gb',
      KILN_ZONE: 'eu-1',
      KILN_ACCEPTED_HOLES: 'CVE-2024-21626',
      KILN_DRAIN_SECONDS: '0',
    }),
  ).toMatchObject({
    labels: { gpu: 'true', memory: '32gb' },
    zone: 'eu-1',
    acceptedHoles: ['CVE-2024-21626'],
    drainSeconds: 0,
  });
});

test.each([
  ['KILN_LABELS', 'gpu'],
  ['KILN_LABELS', 'networks=host'],
  ['KILN_LABELS', 'zone=eu-1'],
  ['KILN_LABELS', 'platforms=linux/arm64'],
  ['KILN_ZONE', 'eu 1'],
  ['KILN_ACCEPTED_HOLES', 'CVE-2019-5736'],
  ['KILN_DRAIN_SECONDS', '-1'],
])('%s=%s is refused by its name', (name, value) => {
  expect(() => load({ [name]: value })).toThrow(name);
});
