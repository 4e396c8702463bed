import { z } from 'zod';

/** Path, query and header fields that several operations share. */
export const buildParams = z.strictObject({ build: z.uuid() });
/** Idempotency-Key: the same request may be repeated under it without a second effect. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'expected 1 to 255 visible ASCII characters')
    .optional(),
});
export const projectParams = z.strictObject({ project: z.string().min(1).max(100) });

const A_PAGE = 'expected a whole number from 1 to 100';

/** Cursor pagination: `next_cursor` of one page is `cursor` of the next; it is null on the last page. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number<string>(A_PAGE).int(A_PAGE).min(1, A_PAGE).max(100, A_PAGE).default(50),
  cursor: z.string().min(1).max(500).optional(),
});

/** A page of a list, newest first. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() });
}

/** A whole list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item) });
}

/** `<attempt>.<chunk>`: where a reader of a log stands. */
export const logCursor = z
  .string()
  .regex(/^\d{1,6}\.\d{1,9}$/, 'expected <attempt>.<chunk>, as in the id of an event');
