import { Worker } from 'node:worker_threads';
import type { ReadReports, ReadTestReports } from '../ports/test-reports.js';
import type { ReportTask } from './report-thread.js';

const THREAD = new URL('./report-thread.js', import.meta.url);
const BOUNDS = { timeoutMs: 60_000, memoryMib: 512 };

/**
 * Reads test reports, each build's in a thread of its own, which has no environment: what is made to use up time or memory ends that
 * thread alone, and is told as a trouble of the report. Tests compile the thread elsewhere.
 */
export function createReadTestReports(
  bounds: typeof BOUNDS = BOUNDS,
  program: URL = THREAD,
): ReadTestReports {
  return async (artifact, path) => {
    const task: ReportTask = { artifact, path };
    const thread = new Worker(program, {
      workerData: task,
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: bounds.memoryMib },
    });
    const trouble = (what: string): ReadReports => ({
      report: null,
      troubles: [{ file: artifact.name, line: null, what }],
    });
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<ReadReports>((resolve) => {
        const seconds = bounds.timeoutMs / 1000;
        timer = setTimeout(
          () => resolve(trouble(`reading it takes longer than ${seconds} seconds`)),
          bounds.timeoutMs,
        );
        thread.on('message', resolve);
        thread.on('error', ({ code, message }: NodeJS.ErrnoException) =>
          resolve(
            trouble(
              code === 'ERR_WORKER_OUT_OF_MEMORY'
                ? `reading it takes more than ${bounds.memoryMib} MiB of memory`
                : `it cannot be read (${message.slice(0, 200)})`,
            ),
          ),
        );
        thread.on('exit', () => resolve(trouble('reading it came to no end')));
      });
    } finally {
      clearTimeout(timer);
      await thread.terminate();
    }
  };
}
