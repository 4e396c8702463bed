import { z } from 'zod';

/** Which of the hosts that have the worker's token speaks: one may. */
export const hostId = z.uuid();
