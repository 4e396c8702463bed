import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** An authority of a test and a certificate that it gave to the names. Paths lie in `folder`, which the test removes. */
export interface TestCertificates {
  readonly folder: string;
  readonly authority: string;
  readonly keyPath: string;
  readonly certificatePath: string;
}

/** Makes an authority that nobody knows, and a certificate for host names and addresses (`DNS:a.test`, `IP:127.0.0.1`). */
export function makeCertificates(names: readonly string[]): TestCertificates {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-certificates-'));
  const at = (name: string): string => path.join(folder, name);
  const openssl = (...args: string[]): unknown =>
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Kiln tests',
    '-days',
    '2',
  );
  openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=server');
  writeFileSync(at('names'), `subjectAltName=${names.join(',')}\n`);
  openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-out', 'server.pem', '-days', '2', '-extfile', 'names'],
  );
  return {
    folder,
    authority: readFileSync(at('ca.pem'), 'utf8'),
    keyPath: at('server.key'),
    certificatePath: at('server.pem'),
  };
}
