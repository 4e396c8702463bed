import { setTimeout as sleep } from 'node:timers/promises';
import { PublicationTeller } from '../../activities/publication-teller.js';
import type { PublicationReport } from '../../src/domain/builds/publication.js';

const report = (status: PublicationReport['status']): PublicationReport => ({
  ...{ repository: 'r/a', manifestDigest: 'sha256:1', status, tryNumber: 1, waitingReason: null },
  ...{ totalBlobs: 0, totalBytes: 0, mountedBlobs: 0, uploadedBlobs: 0, existingBlobs: 0 },
  ...{ sparedBytes: 0, sentBytes: 0 },
});

function aTeller() {
  const sent: string[] = [];
  const teller = new PublicationTeller((told) => {
    sent.push(told.status);
    return Promise.resolve();
  });
  return { teller, sent };
}

test('a copy that is over at once tells how it ended, without telling before that it has begun', async () => {
  const { teller, sent } = aTeller();
  teller.tell(report('copying'));
  await teller.settle(report('copied'));
  expect(sent).toEqual(['copied']);
});

test('a copy that lasts is told of before it ends', async () => {
  const { teller, sent } = aTeller();
  teller.tell(report('copying'));
  await sleep(200);
  await teller.settle(report('copied'));
  expect(sent).toEqual(['copying', 'copied']);
});
