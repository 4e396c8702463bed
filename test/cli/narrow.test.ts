import { createStyle } from '../../src/cli/terminal/style.js';
import { displayWidth } from '../../src/cli/terminal/width.js';
import { hangingLines } from '../../src/cli/terminal/wrap.js';
import { buildListLines } from '../../src/cli/views/build-list.js';
import { aFailure, aSuccess, CREATED_MS } from '../support/api-records.js';

const style = createStyle(false);

describe('on 50 columns', () => {
  it('the list of builds has what each is about below it, and no commit', () => {
    const lines = buildListLines([aSuccess({ message: 'Mend the door '.repeat(6) }), aFailure()], {
      ...{ columns: 50, nowMs: CREATED_MS },
      style,
    });
    expect(lines).toEqual([
      'BUILD     STATUS   TIME   AGE',
      expect.stringMatching(/^hello#12 {2}success {2}14\.2s {2}\S/),
      '  Mend the door Mend the door Mend the door Mend …',
      expect.stringMatching(/^hello#12 {2}failed {3}3\.2s/),
      '  RUN make ended with exit code 2.',
    ]);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(50);
  });

  it('a line of the history goes on further in', () => {
    expect(hangingLines('2026-01-01T00:00:00.000Z  failed (dockerfile_invalid)', 50, 2)).toEqual([
      '  2026-01-01T00:00:00.000Z  failed',
      '    (dockerfile_invalid)',
    ]);
  });
});
