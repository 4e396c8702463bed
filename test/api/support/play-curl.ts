import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Played {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Sends what a documented curl command would: a real shell reads the line, and what it hands to curl is sent by fetch. */
export async function playCurl(line: string, { folder, env, signal }: Played): Promise<Response> {
  const argv = await argumentsOf(line, env);
  const headers = new Headers();
  let [url, method, body]: [string, string | undefined, Buffer | undefined] = ['', undefined, undefined];
  while (argv.length > 0) {
    const argument = argv.shift() as string;
    const value = (): string => argv.shift() as string;
    if (argument === '-N') continue;
    else if (argument === '-X') method = value();
    else if (argument === '-H') {
      const [name, ...rest] = value().split(': ');
      headers.append(name as string, rest.join(': '));
    } else if (argument === '-d') [method, body] = [method ?? 'POST', Buffer.from(value())];
    else if (argument === '-T') [method, body] = [method ?? 'PUT', await readFile(join(folder, value()))];
    else if (argument === '--data-binary')
      [method, body] = [method ?? 'POST', await readFile(join(folder, value().replace(/^@/, '')))];
    else if (url === '') url = argument;
    else throw new Error(`unexpected argument of curl: ${argument}`);
  }
  return fetch(url, { method: method ?? 'GET', headers, signal, ...(body === undefined ? {} : { body }) });
}

async function argumentsOf(line: string, env: Readonly<Record<string, string>>): Promise<string[]> {
  const script = `curl() { printf '%s\\0' "$@"; }\n${line}`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-uc', script], { env });
  return stdout.split('\0').slice(0, -1);
}
