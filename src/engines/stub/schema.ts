import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';

/** What the stub is told to do. */
const stubOptions = z.object({
  /** How long the run takes, spread over its steps. */
  seconds: z.coerce.number().min(0).max(86_400).default(0),
  /** Log lines, spread over its steps. */
  lines: z.coerce.number().int().min(0).max(10_000_000).default(3),
  steps: z.coerce.number().int().min(1).max(100).default(3),
  exit_code: z.coerce.number().int().min(0).max(255).default(0),
  /** Starts a grandchild in a session of its own that outlives a SIGTERM. */
  spawn_child: z.stringbool().or(z.boolean()).default(false),
  ignore_sigterm: z.stringbool().or(z.boolean()).default(false),
  /** Pushes a small real image to staging. */
  image: z.stringbool().or(z.boolean()).default(true),
  /** So many layers below its own, each the same in every build. */
  shared_layers: z.coerce.number().int().min(0).max(100).default(0),
  /** Prints the content of the secret with this id. */
  print_secret: z.string().nullable().default(null),
  secrets: z.array(z.object({ id: z.string(), name: z.string() })).default([]),
});
export type StubOptions = z.output<typeof stubOptions>;

/** Takes the options of the method it stands in for: what the stub understands, also as build_args; the rest is ignored. */
export function parseStubOptions(value: unknown): StubOptions {
  const given = z.looseObject({ build_args: z.record(z.string(), z.string()).default({}) }).safeParse(value);
  if (!given.success) throw new KilnError('invalid_request', { detail: given.error.message });
  const { build_args: args, ...rest } = given.data;
  const parsed = stubOptions.safeParse({ ...args, ...rest });
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => ({
    field: `options.${path.join('.')}`,
    message,
  }));
  throw new KilnError('invalid_request', { fields });
}
