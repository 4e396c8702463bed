import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { getSbom } from '../contracts/inspection-operations.js';
import { formatBytes } from '../domain/format-bytes.js';
import type { Cli } from './cli.js';
import type { SbomOptions } from './commands/sbom.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { readText } from './http.js';
import { findImage, waitForInspection } from './image-reference.js';
import { print, printJson, writeSlowly } from './output.js';
import { writingTo } from './write-failure.js';

/** Writes the bill of materials of an image to stdout, or into a file. */
export async function downloadSbom(cli: Cli, reference: string, options: SbomOptions): Promise<number> {
  const client = connect(cli, options);
  const image = await findImage(client, reference);
  if (options.wait === true) await waitForInspection(client, image, 'sbom', options.timeout);
  const { platform, format } = options;
  const query = { format, ...(platform !== undefined && { platform }) };
  const answer = await client.open(getSbom, { params: { image: image.id }, query });
  const document = await readText(answer);
  if (options.output === undefined) {
    await writeSlowly(cli.stdout, document.endsWith('\n') ? document : `${document}\n`);
    return EXIT.success;
  }
  const file = path.resolve(cli.cwd, options.output);
  await writingTo(file, () => writeFile(file, document));
  const sizeBytes = Buffer.byteLength(document);
  if (options.json === true) printJson(cli, { file, size_bytes: sizeBytes });
  else print(cli, [`${file} (${formatBytes(sizeBytes)})`]);
  return EXIT.success;
}
