import { KilnError, type ErrorCode } from '../../domain/errors.js';
import { excerpt } from '../../domain/excerpt.js';

/** What git, curl and ssh say (in the C locale), and what it means; the first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/No space left on device|Disk quota exceeded/i, 'disk_full'],
  [/Host key verification failed|host key is known|IDENTIFICATION HAS CHANGED/i, 'git_host_key_unknown'],
  [/fsck error|fsckObjects|contains '\.git'|is disallowed|unable to parse object|malformed/i, 'git_unsafe'],
  [/not our ref|unadvertised object|couldn't find remote ref|no such remote ref/i, 'git_ref_not_found'],
  [
    /Authentication failed|could not read (?:Username|Password)|Permission denied \(|error: 40[137]\b/i,
    'git_denied',
  ],
  [
    /repository '.*' not found|Repository not found|error: 404\b|not appear to be a git repository|no such project/i,
    'git_not_found',
  ],
  [
    /Could not resolve|Failed to connect|Couldn't connect|Connection (?:refused|reset|closed|timed out)/i,
    'git_unreachable',
  ],
  [
    /timed out|early EOF|RPC failed|hung up unexpectedly|unexpected disconnect|Operation too slow/i,
    'git_unreachable',
  ],
  [/No route to host|Network is unreachable|SSL|certificate|error: 5\d\d\b/i, 'git_unreachable'],
];

const REDIRECTED = /error: 30[12378]\b|redirect/i;

/** Turns the end of a failed git into an error; the texts of git go into the message, so they are masked like any other. */
export function gitFailure(stderr: string, context: { host: string; hasCredential: boolean }): KilnError {
  const said = lastWords(stderr);
  if (REDIRECTED.test(stderr)) {
    return new KilnError('git_not_found', {
      message: `${context.host} sends on to another address, which Kiln does not follow. Name the present URL of the repository (often it ends in .git).`,
      detail: stderr,
    });
  }
  const code = MEANINGS.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'git_failed';
  const why = reason(code, context);
  return new KilnError(code, { message: `${why}${said === '' ? '' : ` git said: ${said}`}`, detail: stderr });
}

function reason(code: ErrorCode, { host, hasCredential }: { host: string; hasCredential: boolean }): string {
  if (code === 'git_denied' && !hasCredential) {
    return `${host} asks for credentials and none are stored for it.`;
  }
  const { rule } = new KilnError(code);
  return rule.text;
}

/** The line that says most: the last one that git calls fatal or the server calls an error. */
function lastWords(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => /^(?:fatal|error|remote|ERROR|ssh|.*@.*:)/.test(line));
  return excerpt(telling.at(-1) ?? lines.at(-1) ?? '', 300);
}
