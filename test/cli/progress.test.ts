import { vi } from 'vitest';
import { createProgress } from '../../src/cli/progress/progress.js';
import { NO_BUILD, withBuild, withLog, withSteps } from '../../src/cli/progress/build-state.js';
import { aBuild, aChunk, aRunningStep, aStep, aSuccess, CREATED_MS } from '../support/api-records.js';

/** A terminal that remembers what a person would see: understands only what the live screen writes. */
function aTerminal(columns: number, rows: number) {
  let lines: string[] = [''];
  let row = 0;
  const listeners = new Set<() => void>();
  const terminal = {
    isTTY: true,
    columns,
    rows,
    cursorHidden: false,
    write(text: string) {
      const tokens = text.match(/\u001b\[\??\d*[a-zA-Z]|\n|\r|[^\u001b\n\r]+/g) ?? [];
      for (const token of tokens) {
        if (token === '\n') lines[(row += 1)] ??= '';
        else if (token === '\u001b[2K') lines[row] = '';
        else if (token === '\u001b[J')
          lines = lines.slice(0, row + 1).map((line, index) => (index === row ? '' : line));
        else if (token === '\u001b[?25l') terminal.cursorHidden = true;
        else if (token === '\u001b[?25h') terminal.cursorHidden = false;
        else if (token.endsWith('A')) row = Math.max(0, row - Number(token.slice(2, -1)));
        else if (token !== '\r') lines[row] = token;
      }
      return true;
    },
    on: (_event: 'resize', listener: () => void) => listeners.add(listener),
    off: (_event: 'resize', listener: () => void) => listeners.delete(listener),
    seen: () => lines.filter((line) => line !== ''),
    listeners,
  };
  return terminal;
}

const nowMs = CREATED_MS + 4_000;

describe('the live progress', () => {
  it('keeps finished tasks above and repaints the rest', () => {
    const terminal = aTerminal(60, 20);
    const progress = createProgress({ stream: terminal, color: false, now: () => nowMs });
    const postgres = progress.task('PostgreSQL');
    const buildkit = progress.task('BuildKit 0.29.0 compiling');
    expect(terminal.seen()).toEqual([' ⠋ PostgreSQL...', ' ⠋ BuildKit 0.29.0 compiling...']);
    postgres.done('PostgreSQL 15.18 found in PATH');
    buildkit.update('BuildKit 0.29.0 linking');
    expect(terminal.seen()).toEqual([' ✓ PostgreSQL 15.18 found in PATH', ' ⠋ BuildKit 0.29.0 linking...']);
    buildkit.fail();
    buildkit.done('too late');
    progress.note('a note');
    progress.close();
    expect(terminal.seen()).toEqual([
      ' ✓ PostgreSQL 15.18 found in PATH',
      ' ✗ BuildKit 0.29.0 linking',
      'a note',
    ]);
  });

  it('shows the longest form of a measure that fits, at its own pace', () => {
    vi.useFakeTimers();
    try {
      const terminal = aTerminal(80, 20);
      const progress = createProgress({ stream: terminal, color: false, now: () => nowMs });
      const task = progress.task('Sending the context');
      task.measure(['30 of 40 MB at 5 MB/s, 2s left', '30 of 40 MB, 2s left', '2s left']);
      expect(terminal.seen()).toEqual([' ⠋ Sending the context...']);
      for (const [columns, shown] of [
        [80, '30 of 40 MB at 5 MB/s, 2s left'],
        [33, '30 of 40 MB at 5 MB/s, 2s left'],
        [32, '30 of 40 MB, 2s left'],
        [12, '2s left'],
      ] as const) {
        terminal.columns = columns;
        vi.advanceTimersByTime(100);
        expect(terminal.seen()).toEqual([` ⠋ ${shown}`]);
      }
      terminal.columns = 80;
      task.fail();
      progress.close();
      expect(terminal.seen()).toEqual([' ✗ Sending the context']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('leaves every step readable, shows the cursor again and lets go of the terminal', () => {
    const terminal = aTerminal(60, 5);
    const progress = createProgress({ stream: terminal, color: false, now: () => nowMs });
    const steps = Array.from({ length: 9 }, (_, index) => aStep(index + 1, `RUN ${index + 1}`));
    let state = withSteps(withBuild(NO_BUILD, aBuild()), [...steps, aRunningStep(10, 'RUN last')]);
    state = withLog(state, aChunk(0, 'words\n', { step_number: 10 }));
    progress.build(state);
    expect(terminal.cursorHidden).toBe(true);
    expect(terminal.seen()).toHaveLength(4);
    progress.build(withSteps(withBuild(state, aSuccess()), [aStep(10, 'RUN last')]));
    progress.close();
    progress.close();
    expect(terminal.seen()).toHaveLength(11);
    expect(terminal.cursorHidden).toBe(false);
    expect(terminal.listeners.size).toBe(0);
  });

  it('counts the rows that lines take after the terminal became narrower', () => {
    const terminal = aTerminal(60, 20);
    const written: string[] = [];
    const write = terminal.write.bind(terminal);
    terminal.write = (text) => (written.push(text), write(text));
    const progress = createProgress({ stream: terminal, color: false, now: () => nowMs });
    progress.build(withSteps(withBuild(NO_BUILD, aBuild()), [aStep(1, 'RUN x')]));
    terminal.columns = 20;
    terminal.listeners.forEach((listener) => listener());
    progress.close();
    expect(written[1]).toMatch(/^\r\u001b\[5A/);
  });
});

describe('the appended progress', () => {
  function appendTo(): { progress: ReturnType<typeof createProgress>; text: () => string } {
    let text = '';
    const stream = { write: (more: string) => (text += more) };
    return { progress: createProgress({ stream, color: false, now: () => nowMs }), text: () => text };
  }

  it('has one line for each task that ends', () => {
    const { progress, text } = appendTo();
    const task = progress.task('Temporal');
    task.update('Temporal starting');
    task.done('Temporal 1.9.1 serves');
    progress.task('Registry').warn();
    progress.close();
    expect(text()).toBe(' ✓ Temporal 1.9.1 serves\n ! Registry\n');
  });

  it('tells now and then how far a long task is', () => {
    let text = '';
    let atMs = 0;
    const stream = { write: (more: string) => (text += more) };
    const progress = createProgress({ stream, color: false, now: () => atMs });
    const task = progress.task('Sending the context');
    for (atMs = 0; atMs <= 40_000; atMs += 1_000) task.measure([`${atMs / 1_000} MB of 41 MB`, 'short']);
    task.done('Sent 41 MB');
    expect(text).toBe('   15 MB of 41 MB\n   30 MB of 41 MB\n ✓ Sent 41 MB 41.0s\n');
  });

  it('has the status and the log lines in the order in which they come', () => {
    const { progress, text } = appendTo();
    const state = withSteps(withBuild(NO_BUILD, aBuild()), [aRunningStep(3, 'RUN make')]);
    progress.build(state);
    progress.log(aChunk(0, 'cc\n'));
    progress.build(withSteps(state, [aStep(3, 'RUN make')]));
    expect(text()).toBe('hello#12 building\n#3 cc\n');
    expect(text()).not.toContain('\u001b');
  });
});
