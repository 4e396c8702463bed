import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { whoami } from '../contracts/identity.js';
import type { Cli } from './cli.js';
import { createClient } from './client.js';
import { resolveUrl, userConnectionFile } from './connection.js';
import { usageFailure } from './failure.js';
import { askHidden } from './hidden-input.js';

/** Reads a token, checks it against Kiln and keeps it for this user. */
export async function login(
  cli: Cli,
  options: { apiUrl?: string },
): Promise<{ apiUrl: string; file: string }> {
  const { url: apiUrl } = resolveUrl(cli, options, null);
  const token = (
    cli.stdin.isTTY === true ? await askHidden(cli, `API token for ${apiUrl}`) : await text(cli.stdin)
  ).trim();
  if (!/^[\x21-\x7e]+$/.test(token))
    throw usageFailure('No token came on stdin.', 'Pipe it: kiln login --api-url URL < token-file.');
  await createClient({ apiUrl, token }).call(whoami, {});
  const file = userConnectionFile(cli);
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.${process.pid}`;
  fs.writeFileSync(partial, `${JSON.stringify({ api_url: apiUrl, token })}\n`, { mode: 0o600 });
  fs.renameSync(partial, file);
  return { apiUrl, file };
}
