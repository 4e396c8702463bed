import fs from 'node:fs';
import path from 'node:path';
import os from 'node:os';
import type { Cli } from './cli.js';
import { usageFailure } from './failure.js';

/** Where Kiln is and who we are. `from` says where that was found, for people. */
export interface Connection {
  readonly apiUrl: string;
  readonly token: string;
  readonly from: { readonly apiUrl: string; readonly token: string };
}

/** The file that `kiln up` writes into its state folder and `kiln login` into the user's configuration. */
interface SavedConnection {
  readonly api_url: string;
  readonly token: string;
}

const HOW_TO_CONNECT =
  'Start Kiln here with `npm start` (it leaves address and token in .kiln/cli.json), or set KILN_API_URL and KILN_TOKEN, or run `kiln login`.';

/**
 * Finds address and token: --api-url, the environment, the nearest `.kiln/cli.json` from the working directory up,
 * the user's configuration. A saved token is only ever sent to the address it was saved with.
 */
export function resolveConnection(cli: Cli, options: { apiUrl?: string }): Connection {
  const saved = readSaved(cli);
  const { url, from } = resolveUrl(cli, options, saved);
  const token =
    tokenOfEnvironment(cli) ??
    (saved && sameOrigin(saved.api_url, url) ? { text: saved.token, from: saved.file } : null);
  if (token === null) throw usageFailure(`There is no API token for ${url}.`, HOW_TO_CONNECT);
  return { apiUrl: url, token: token.text, from: { apiUrl: from, token: token.from } };
}

/** The user's own file, for Kilns elsewhere. */
export function userConnectionFile(cli: Cli): string {
  const base = cli.env['XDG_CONFIG_HOME'] ?? path.join(cli.env['HOME'] ?? os.homedir(), '.config');
  return path.join(base, 'kiln', 'cli.json');
}

/** The address as given by option or environment, else the saved one. */
export function resolveUrl(
  cli: Cli,
  options: { apiUrl?: string },
  saved: (SavedConnection & { file: string }) | null,
): { url: string; from: string } {
  const found = options.apiUrl
    ? { url: options.apiUrl, from: '--api-url' }
    : cli.env['KILN_API_URL']
      ? { url: cli.env['KILN_API_URL'], from: 'KILN_API_URL' }
      : saved && { url: saved.api_url, from: saved.file };
  if (!found) throw usageFailure('No Kiln is known here.', HOW_TO_CONNECT);
  const url = URL.canParse(found.url) ? new URL(found.url) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw usageFailure(
      `"${found.url}" (${found.from}) is not an address of Kiln.`,
      'Give one like http://127.0.0.1:7777, without user, password or query.',
    );
  }
  return { url: found.url.replace(/\/+$/, ''), from: found.from };
}

function tokenOfEnvironment(cli: Cli): { text: string; from: string } | null {
  const text = cli.env['KILN_TOKEN']?.trim();
  if (text) return { text, from: 'KILN_TOKEN' };
  const file = cli.env['KILN_TOKEN_FILE'];
  if (!file) return null;
  try {
    const content = fs.readFileSync(path.resolve(cli.cwd, file), 'utf8').trim();
    if (content !== '') return { text: content, from: file };
  } catch {
    /* Said below: missing, unreadable and empty ask for the same. */
  }
  throw usageFailure(`The token file ${file} is missing, unreadable or empty.`, 'Correct KILN_TOKEN_FILE.');
}

function readSaved(cli: Cli): (SavedConnection & { file: string }) | null {
  for (const file of savedFiles(cli)) {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) continue;
    /* A file that came with somebody's repository has the mode of a checkout: it must not choose where sources go. */
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      cli.stderr.write(
        `${file} is ignored: other users may read or write it (chmod 600 it if it is yours).\n`,
      );
      continue;
    }
    const saved = asSaved(parseJson(fs.readFileSync(file, 'utf8')));
    if (saved !== null) return { ...saved, file };
    cli.stderr.write(`${file} is ignored: it does not hold {"api_url", "token"}.\n`);
  }
  return null;
}

function savedFiles(cli: Cli): string[] {
  const files: string[] = [];
  for (let folder = path.resolve(cli.cwd); ; folder = path.dirname(folder)) {
    files.push(path.join(folder, '.kiln', 'cli.json'));
    if (folder === path.dirname(folder)) break;
  }
  return [...files, userConnectionFile(cli)];
}

function sameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

/** By hand: a schema would load its library before the first question is asked. */
function asSaved(value: unknown): SavedConnection | null {
  const { api_url, token } = (value ?? {}) as Partial<Record<keyof SavedConnection, unknown>>;
  if (typeof api_url !== 'string' || typeof token !== 'string') return null;
  return URL.canParse(api_url) && token !== '' ? { api_url, token } : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
