import { z } from 'zod';
import type { OutputRecord } from './order.js';

/** Milliseconds since 1970 that a Date can hold. */
const record: z.ZodType<OutputRecord> = z.object({ at: z.number().min(0).max(8.64e15), data: z.string() });
const said = z.object({ level: z.string(), msg: z.string(), time: z.string() });

const INSTRUCTION =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s/;

/** Reads a line of the launcher; null when it is none of its records (a crash prints plain text). Never throws. */
export function readRecord(line: Buffer): OutputRecord | null {
  return record.safeParse(json(line.toString('utf8'))).data ?? null;
}

/** What the executor says in its log (1.25, recorded in test/engines/kaniko/fixtures). */
export type Said =
  | { readonly kind: 'stage' | 'instruction' | 'push'; readonly text: string }
  | { readonly kind: 'cached' | 'other'; readonly text: string; readonly level: string };

/**
 * Reads a line of the executor. `before` is what stood in front of it: the end of an output without a newline. Null for the output of
 * a RUN step.
 */
export function readSaid(line: string): { readonly before: string; readonly said: Said } | null {
  const start = line.lastIndexOf('{"level":"');
  const parsed = start === -1 ? undefined : said.safeParse(json(line.slice(start))).data;
  if (parsed === undefined) return null;
  return { before: line.slice(0, start), said: meaning(parsed.msg, parsed.level) };
}

function meaning(text: string, level: string): Said {
  const [, base] = /^Building stage '(.*)' \[idx: /.exec(text) ?? [];
  if (base !== undefined) return { kind: 'stage', text: `FROM ${base}` };
  if (INSTRUCTION.test(text)) return { kind: 'instruction', text };
  if (text.startsWith('Found cached layer')) return { kind: 'cached', text, level };
  const [, target] = /^Pushing image to (\S+)$/.exec(text) ?? [];
  // Layers of the cache are pushed under their key, while other steps go on.
  if (target !== undefined && !/:[0-9a-f]{64}$/.test(target)) return { kind: 'push', text: target };
  return { kind: 'other', text, level };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
