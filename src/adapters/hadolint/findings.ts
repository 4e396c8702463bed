import { z } from 'zod';
import { WARNING_SEVERITIES, type BuildWarning } from '../../domain/builds/warning.js';

const Findings = z.array(
  z.object({
    code: z.string(),
    level: z.enum(WARNING_SEVERITIES).catch('info'),
    line: z.int(),
    column: z.int(),
    message: z.string(),
  }),
);

/** What hadolint says where it cannot read a file, as with instructions that are younger than it. */
const UNREADABLE = 'DL1000';

/** Reads what `hadolint --format json` prints. Raises where it is something else. */
export function readFindings(output: string): BuildWarning[] {
  return Findings.parse(JSON.parse(output)).map(({ code, level, line, column, message }) => ({
    foundBy: 'hadolint',
    rule: code,
    severity: code === UNREADABLE ? 'info' : level,
    line: line >= 1 ? line : null,
    column: column >= 1 ? column : null,
    message: code === UNREADABLE ? `hadolint cannot read the file from here on: ${message}` : message,
    link: linkOf(code),
  }));
}

function linkOf(code: string): string | null {
  if (/^DL\d{4}$/.test(code)) return `https://github.com/hadolint/hadolint/wiki/${code}`;
  return /^SC\d{4}$/.test(code) ? `https://www.shellcheck.net/wiki/${code}` : null;
}
