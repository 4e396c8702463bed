import { displayWidth } from '../terminal/width.js';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[2K';
const CLEAR_BELOW = '\u001b[J';

/** The part of a terminal (`process.stderr`) that a screen needs. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  once?(event: 'drain', listener: () => void): unknown;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** Repaints a block of lines at the bottom of a terminal. */
export interface LiveScreen {
  readonly columns: () => number;
  readonly rows: () => number;
  /** Replaces what was painted before. */
  paint(lines: readonly string[]): void;
  /** Writes lines that stay, above the painted block. */
  append(lines: readonly string[]): void;
  /** Leaves the last paint on the terminal and shows the cursor again. */
  close(): void;
}

/** @param repaint called when the terminal's size changed. */
export function createLiveScreen(stream: TerminalStream, repaint: () => void): LiveScreen {
  let painted: readonly string[] = [];
  let open = false;
  const columns = (): number => Math.max(1, stream.columns ?? 80);
  const rows = (): number => Math.max(1, stream.rows ?? 24);
  const showCursor = (): void => void stream.write(SHOW_CURSOR);
  const begin = (): string => {
    if (open) return '';
    open = true;
    stream.on?.('resize', repaint);
    process.once('exit', showCursor);
    return HIDE_CURSOR;
  };
  /* A narrower terminal has wrapped the old lines: count the rows they take now. */
  const rewind = (): string => {
    const up = painted.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns())), 0);
    return up === 0 ? '\r' : `\r\u001b[${Math.min(up, rows() - 1)}A`;
  };
  const block = (lines: readonly string[]): string => lines.map((line) => `${CLEAR_LINE}${line}\n`).join('');
  return {
    columns,
    rows,
    paint(lines) {
      stream.write(begin() + rewind() + block(lines) + CLEAR_BELOW);
      painted = lines;
    },
    append(lines) {
      stream.write(begin() + rewind() + block(lines) + block(painted) + CLEAR_BELOW);
    },
    close() {
      if (!open) return;
      open = false;
      painted = [];
      stream.off?.('resize', repaint);
      process.off('exit', showCursor);
      showCursor();
    },
  };
}
