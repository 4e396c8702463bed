import fc from 'fast-check';
import { judgeWorker, type WorkerCondition } from '../../../src/domain/dispatch/judge-worker.js';

const DISK = { freeBytes: 5e9, reserveBytes: 2e9, freeInodes: 1e6 };
const aHost = (over: Partial<WorkerCondition> = {}): WorkerCondition => ({
  silentForMs: 1000,
  silenceMs: 30_000,
  isSilentSinceLoss: false,
  slots: 2,
  running: 0,
  disk: DISK,
  builderTrouble: null,
  toolVersions: { runc: '1.3.6' },
  acceptedHoles: [],
  quarantine: null,
  scheduling: 'open',
  isDraining: false,
  isWorkerAway: false,
  ...over,
});

test.each<[string, Partial<WorkerCondition>, object]>([
  ['with free slots', {}, { status: 'healthy', reasons: [], refusal: null }],
  ['without a free slot', { running: 2 }, { status: 'busy', reasons: [], refusal: null }],
  ['that does not tell of its disk', { disk: null }, { status: 'healthy', refusal: null }],
  ['without a fixed number of inodes', { disk: { ...DISK, freeInodes: null } }, { status: 'healthy' }],
  [
    'that was never heard of',
    { silentForMs: null },
    { status: 'offline', refusal: 'has never been heard of' },
  ],
  [
    'that is silent, and whose disk was full before',
    { silentForMs: 150_000, disk: { ...DISK, freeBytes: 0 } },
    { status: 'offline', reasons: ['has not been heard of for 3 min'] },
  ],
  [
    'that let a lease run out, and was not heard of since',
    { isSilentSinceLoss: true, running: 2 },
    { status: 'degraded', refusal: 'let a lease run out, and gets builds again after its next heartbeat' },
  ],
  [
    'short of disk',
    { disk: { ...DISK, freeBytes: 1.24e9 } },
    { status: 'degraded', refusal: 'has 1.2 GB free and keeps 2.0 GB in reserve' },
  ],
  [
    'short of inodes',
    { disk: { ...DISK, freeInodes: 9_999 } },
    { status: 'degraded', refusal: 'has 9999 inodes free and keeps 10000 in reserve' },
  ],
  [
    'whose builder does not answer',
    { builderTrouble: 'connection refused', running: 2 },
    { status: 'degraded', refusal: 'has a builder that does not answer: connection refused' },
  ],
  [
    'whose worker process is away',
    { isWorkerAway: true, running: 2 },
    { status: 'degraded', refusal: expect.stringContaining('has no worker process: start it') as string },
  ],
  [
    'whose tools have a known hole',
    { toolVersions: { runc: '1.1.11' }, acceptedHoles: ['CVE-2025-31133'] },
    {
      status: 'degraded',
      refusal:
        'has runc 1.1.11 with the known hole CVE-2024-21626 (a working directory leads out of the container), mended in 1.1.12',
    },
  ],
  [
    'in quarantine',
    { quarantine: { leftMs: 61_000, reason: 'it lost 3 builds within 10 min' } },
    { status: 'degraded', refusal: 'is in quarantine for another 61 s: it lost 3 builds within 10 min' },
  ],
  [
    'that is cordoned',
    { scheduling: 'cordoned' },
    { status: 'healthy', reasons: [], refusal: 'is cordoned' },
  ],
  [
    'that drains',
    { scheduling: 'draining', running: 1 },
    { status: 'healthy', reasons: [], refusal: 'is being drained' },
  ],
  ['that is drained', { scheduling: 'draining' }, { refusal: 'is drained' }],
  ['that is being stopped', { isDraining: true }, { status: 'healthy', refusal: 'is being stopped' }],
])('a host %s is judged in words', (_name, over, judged) => {
  expect(judgeWorker(aHost(over))).toMatchObject(judged);
});

test('a host takes builds exactly when it is heard of, has no trouble and nobody has closed it', () => {
  // Most hosts have one trouble at most, so that each can be what decides.
  const seldom = <T>(value: T) => fc.constantFrom(null, null, null, value);
  const condition = fc.record({
    silentForMs: fc.option(fc.nat(40_000)),
    running: fc.nat(4),
    disk: fc.option(
      fc.record({
        freeBytes: fc.integer({ min: 2, max: 9 }),
        reserveBytes: fc.nat(4),
        freeInodes: fc.option(fc.nat(20_000)),
      }),
    ),
    builderTrouble: seldom('refused'),
    isWorkerAway: seldom(true).map((away) => away ?? false),
    toolVersions: fc.constantFrom({}, { runc: '1.3.6' }, { runc: '1.1.5' }, { runc: '1.1.5+ds1' }),
    quarantine: seldom({ leftMs: 5, reason: 'r' }),
    scheduling: fc.constantFrom('open' as const, 'cordoned' as const, 'draining' as const),
    isDraining: fc.boolean(),
  });
  fc.assert(
    fc.property(condition, (over) => {
      const { status, reasons, refusal } = judgeWorker(aHost(over));
      const { disk, toolVersions } = over;
      const heard = over.silentForMs !== null && over.silentForMs <= 30_000;
      const troubled =
        (disk !== null && (disk.freeBytes < disk.reserveBytes || (disk.freeInodes ?? 10_000) < 10_000)) ||
        over.builderTrouble !== null ||
        over.isWorkerAway ||
        over.quarantine !== null ||
        ('runc' in toolVersions && toolVersions.runc === '1.1.5');
      expect(status).toBe(
        !heard ? 'offline' : troubled ? 'degraded' : over.running >= 2 ? 'busy' : 'healthy',
      );
      expect(reasons.length > 0).toBe(!heard || troubled);
      expect(refusal === null).toBe(heard && !troubled && over.scheduling === 'open' && !over.isDraining);
    }),
  );
});
