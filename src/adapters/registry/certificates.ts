import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';

const FILE = /^(.+)\.pem$/;

/**
 * The certificates of a folder by host: `registry.lan:5000.pem` is for registry.lan:5000 alone. Raises `config_invalid` that names
 * the file that cannot be read or holds no certificate.
 */
export function readCertificates(folder: string | undefined): ReadonlyMap<string, string> {
  if (folder === undefined) return new Map();
  return new Map(
    names(folder).flatMap((name) => {
      const [, host] = FILE.exec(name) ?? [];
      return host === undefined ? [] : [[host, readCertificate(join(folder, name))] as const];
    }),
  );
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    throw invalid(`the folder ${folder} cannot be read`, cause);
  }
}

function readCertificate(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    new X509Certificate(text);
    return text;
  } catch (cause) {
    throw invalid(`${path} holds no certificate in PEM form`, cause);
  }
}

function invalid(what: string, cause: unknown): KilnError {
  return new KilnError('config_invalid', {
    message: `KILN_REGISTRY_CA_DIR: ${what}. Put <host[:port]>.pem files there that Kiln may read.`,
    cause,
  });
}
