import type { z } from 'zod';
import type { putCredential } from '../../../contracts/credentials.js';
import { KilnError } from '../../../domain/errors.js';
import type { CredentialKind } from '../../../domain/secrets/credential.js';
import { privateKeyTrouble } from '../../../domain/secrets/private-key.js';
import { checkSecretValue } from '../../../domain/secrets/secret.js';
import type { NewCredential } from '../../../ports/secrets.js';

type Body = z.output<(typeof putCredential)['body']>;

const DEFAULT_GIT_USER = 'x-access-token';
const KNOWN_HOST = /^(?:@[a-z-]+ )?\S+ (?:ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/]+=*(?: .*)?$/;

/** What each kind needs and nothing that it has no use for; invalid_request names the field. */
export function checkCredential(kind: CredentialKind, body: Body): Omit<NewCredential, 'kind' | 'host'> {
  const { username = null, known_hosts: knownHosts = null } = body;
  if (kind === 'git_ssh_key') {
    if (username !== null) throw wrong('username', 'has no use here: the user stands in the URL (git@host)');
    if (knownHosts === null) {
      throw wrong(
        'known_hosts',
        'required: the lines of `ssh-keyscan HOST`, compared with what the host publishes',
      );
    }
    checkKnownHosts(knownHosts);
    const value = Buffer.from(`${checkPrivateKey(body.value).trimEnd()}\n`);
    checkSecretValue(value, 'value');
    return { username, knownHosts: `${knownHosts.trimEnd()}\n`, value };
  }
  if (knownHosts !== null) throw wrong('known_hosts', 'belongs to git_ssh_key');
  if (kind === 'registry' && username === null) throw wrong('username', 'required for a registry');
  if (/[\r\n]/.test(body.value)) throw wrong('value', 'has a line break, which no token or password has');
  const value = Buffer.from(body.value);
  checkSecretValue(value, 'value');
  return { username: username ?? DEFAULT_GIT_USER, knownHosts, value };
}

function checkPrivateKey(text: string): string {
  const trouble = privateKeyTrouble(text);
  if (trouble !== null) throw wrong('value', trouble);
  return text;
}

function checkKnownHosts(text: string): void {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const isWrong = lines.length === 0 || lines.some((line) => !KNOWN_HOST.test(line));
  if (isWrong) throw wrong('known_hosts', 'expected lines such as "git.example.com ssh-ed25519 AAAA..."');
}

function wrong(field: string, message: string): KilnError {
  return new KilnError('invalid_request', { fields: [{ field, message }] });
}
