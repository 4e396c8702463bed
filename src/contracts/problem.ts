import { z } from 'zod';

/** Every error of the API: RFC 9457, content type application/problem+json. `code` is a code of the error table. */
export const Problem = z.strictObject({
  type: z.string().describe('urn:kiln:error:<code>'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  fix: z.string().describe('what to do about it'),
  retryable: z.boolean().describe('whether the same request may succeed later'),
  fields: z.array(z.strictObject({ field: z.string(), message: z.string() })),
  request_id: z.string().describe('the same as in the x-request-id header and in the server log'),
});
export type Problem = z.infer<typeof Problem>;
