import { z } from 'zod';
import { readRecordOf } from '../output/read-record.js';
import type { LaunchRecord } from './order.js';

/** Milliseconds since 1970 that a Date can hold. */
const time = z.number().min(0).max(8.64e15);
const phase = z.enum(['pull', 'tag', 'init', 'validate', 'build', 'read', 'push', 'locate']);

const record: z.ZodType<LaunchRecord> = z.union([
  z.object({ at: time, begin: phase, image: z.string().nullable() }),
  z.object({ at: time, out: z.string() }),
  z.object({ at: time, err: z.string() }),
  z.object({ at: time, end: phase, exitCode: z.number().nullable(), signal: z.string().nullable() }),
  z.object({ at: time, stop: z.enum(['no-image', 'docker']) }),
  z.object({ at: time, stop: z.literal('undeclared'), variables: z.array(z.string()) }),
]);

/** Reads a line of the launcher; null when it is none of its records (a crash prints plain text). Never throws. */
export function readRecord(line: Buffer): LaunchRecord | null {
  return readRecordOf(record, line);
}

const place = z.object({ file: z.string(), line: z.number(), column: z.number() });

/** Where a template breaks the syntax of HCL. */
export type Place = z.output<typeof place>;

/** Reads a line of `locate`; null for one that is none of its. */
export function readPlace(line: string): Place | null {
  try {
    return place.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** What packer says with `-machine-readable` (1.9, recorded in test/engines/packer/fixtures). */
export type Said =
  /** A builder, provisioner or post-processor of `build` begins with `text`. */
  | { readonly kind: 'begin'; readonly build: string; readonly text: string }
  /** A line that it, or the program that it runs, has printed. */
  | { readonly kind: 'printed'; readonly text: string; readonly stream: 'stdout' | 'stderr' }
  /** `fault` is null for a build that went well. */
  | { readonly kind: 'end'; readonly fault: string | null }
  /** Packer's own words, of several lines. */
  | { readonly kind: 'own'; readonly text: string; readonly isError: boolean }
  /** Data for machines, which says nothing that is not said otherwise. */
  | { readonly kind: 'data' };

/** Reads a line of packer; null for one that is none (a crash). */
export function readSaid(line: string): Said | null {
  const [, target = '', type, rest = ''] = /^\d+,([^,]*),([^,]*)(?:,(.*))?$/s.exec(line) ?? [];
  if (type === undefined) return null;
  if (type !== 'ui' || target !== '') return { kind: 'data' };
  const comma = rest.indexOf(',');
  const text = unescaped(rest.slice(comma + 1));
  return meaning(rest.slice(0, comma), text);
}

function meaning(how: string, text: string): Said {
  const [, build, words] = /^==> ([^:\n]+): (.*)$/s.exec(text) ?? [];
  if (how === 'message')
    return { kind: 'printed', text: text.replace(/^ {4}[^:\n]+: /, ''), stream: 'stdout' };
  if (how === 'error' && words !== undefined) return { kind: 'printed', text: words, stream: 'stderr' };
  const [, fault] = /^Build '[^']*' errored after [^:]*: (.*)$/s.exec(text) ?? [];
  if (how === 'error' && fault !== undefined) return { kind: 'end', fault };
  if (how === 'say' && /^Build '[^']*' finished after /.test(text)) return { kind: 'end', fault: null };
  // "app (shell-local)" is a part of the post-processor that has begun; the words after a failure are no step of their own.
  const isStep = how === 'say' && build !== undefined && !build.includes(' (') && words !== undefined;
  if (isStep && !words.startsWith('Provisioning step had errors'))
    return { kind: 'begin', build, text: words.replace(/: \/(?:var\/)?tmp\/packer-shell\d+$/, ' (inline)') };
  return { kind: 'own', text, isError: how === 'error' };
}

function unescaped(text: string): string {
  return text.replaceAll('%!(PACKER_COMMA)', ',').replaceAll('\\n', '\n').replaceAll('\\r', '\r');
}
