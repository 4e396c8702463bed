import { watchEnds } from '../../bench/dispatch/ends.mjs';

test('builds of which none ends any more end the measurement, and say in what state they are', async () => {
  const query = async (text: string): Promise<object[]> =>
    text.includes('completed_at IS NOT NULL')
      ? []
      : [{ status: 'queued', ended_reason: 'grant_unacknowledged', count: 2 }];
  const ends = watchEnds(query, { stallMs: 50 });
  const waiting = await Promise.allSettled([ends.of('a'), ends.of('b')]);
  await ends.stop();
  expect(waiting.map((one) => (one.status === 'rejected' ? String(one.reason) : one.status))).toEqual(
    Array(2).fill(
      expect.stringMatching(
        /^Error: None of 2 builds .* \(2 queued, attempt grant_unacknowledged\)\. Measure again/,
      ),
    ),
  );
});

test('a database that does not answer ends the measurement', async () => {
  const ends = watchEnds(() => Promise.reject(new Error('gone')));
  await expect(ends.of('a')).rejects.toThrow('gone');
  await ends.stop();
});
