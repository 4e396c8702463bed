import { KilnError } from '../../domain/errors.js';
import type { Doorbell } from './doorbells.js';

export interface Reading<Answer> {
  readonly answer: Answer;
  /** The bell's generation from before the read: what rings after it calls for another read. */
  readonly generation: number;
}

/**
 * Reads for a viewer. While the database is away it waits for the next ring and tries again, since a browser that is refused once
 * does not come back. Null when the viewer is gone.
 */
export async function readPatiently<Answer>(
  bell: Doorbell,
  signal: AbortSignal,
  read: (generation: number) => Promise<Answer>,
): Promise<Reading<Answer> | null> {
  while (!signal.aborted) {
    const { generation } = bell;
    try {
      return { answer: await read(generation), generation };
    } catch (error) {
      if (!(error instanceof KilnError) || error.code !== 'unavailable') throw error;
      await bell.changedSince(generation, signal);
    }
  }
  return null;
}
