import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideCosign } from '../../src/embedded/cosign.js';

/** How cosign ended. */
export interface CosignEnd {
  readonly code: number;
  readonly output: string;
}

/** Runs the real cosign with a public key, offline: `verify-attestation IMAGE` as docs/provenance.md has it. */
export async function cosign(publicKey: string, command: readonly string[]): Promise<CosignEnd> {
  const program = await provideCosign();
  const folder = await mkdtemp(join(tmpdir(), 'kiln-cosign-'));
  const keyFile = join(folder, 'kiln.pub');
  await writeFile(keyFile, publicKey);
  const [verb = '', ...args] = command;
  const flags = ['--key', keyFile, '--insecure-ignore-tlog', '--allow-http-registry'];
  return new Promise((resolve) => {
    execFile(
      program,
      [verb, ...flags, ...args],
      // Without a folder of its own it would look for trust in the home of whoever runs the tests.
      {
        timeout: 60_000,
        env: { ...process.env, HOME: folder, TUF_ROOT: join(folder, 'tuf') },
        maxBuffer: 1e8,
      },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}
