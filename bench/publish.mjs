import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openScratch } from './closing.mjs';
import { ensureBuilt, ensureDependencies } from '../bin/bootstrap.mjs';
import { alternate, summary, timed } from './timing.mjs';

const COPY = fileURLToPath(new URL('./publish-copy.mjs', import.meta.url));
const MB = 1_000_000;
const SMALL_MB = 50;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export const USAGE = `npm run bench -- publish [--size-mb N] [--rounds N] [--json]
  what publication costs over crane`;

/** What the copying of a large image from staging takes beside `crane copy`, to another registry and within one, and in how much memory. */
export async function measure(args, closing) {
  const { values: options } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      'size-mb': { type: 'string', default: '500' },
    },
  });
  const sizeMb = Number(options['size-mb']);
  await ensureDependencies();
  await ensureBuilt();
  const { ensurePrograms } = await import('../dist/src/embedded/programs.js');
  const { startRegistry } = await import('../dist/src/embedded/services/registry.js');
  const programs = await ensurePrograms(['registry', 'lifecycle']);
  const crane = path.join(path.dirname(programs.lifecycle.path), 'crane');
  const scratch = await openScratch(closing);
  const start = async (name) => {
    const stateFolder = path.join(scratch, name);
    mkdirSync(stateFolder);
    return closing.open(
      () => startRegistry({ stateFolder, programs, log: () => undefined }),
      (started) => started.stop(),
    );
  };
  const registries = [await start('staging'), await start('other')];
  const [staging, other] = registries.map(({ address }) => address);
  const from = `${staging}/bench-staging`;
  const images = {};
  for (const mb of [SMALL_MB, sizeMb]) images[mb] = await pushRandomImage(scratch, from, mb * MB);
  const results = { size_mb: sizeMb, rounds: Number(options.rounds) };
  for (const [name, registry] of [
    ['upload', other],
    ['mount', staging],
  ]) {
    results[name] = await compare({ crane, from, registry, digest: images[sizeMb] }, results.rounds);
  }
  const small = await copyByKiln(from, `${other}/small`, images[SMALL_MB]);
  results.small_peak_rss_mb = Math.round(small.peakRssBytes / MB);
  if (options.json) console.log(JSON.stringify(results));
  else print(results);
}

let repositories = 0;
const freshAt = (registry) => `${registry}/bench/app${++repositories}`;

async function compare({ crane, from, registry, digest }, rounds) {
  const taken = await alternate(rounds, {
    crane: () => timed([[crane, 'copy', '--insecure', `${from}@${digest}`, `${freshAt(registry)}:v1`]]),
    kiln: () => copyByKiln(from, freshAt(registry), digest),
  });
  const craneMs = summary(taken.crane.map(({ elapsedMs }) => elapsedMs));
  const kilnMs = summary(taken.kiln.map(({ elapsedMs }) => elapsedMs));
  return {
    crane_ms: craneMs.median,
    crane_min_ms: craneMs.min,
    kiln_ms: kilnMs.median,
    kiln_min_ms: kilnMs.min,
    ratio: Number((kilnMs.median / craneMs.median).toFixed(2)),
    sent_bytes: taken.kiln.at(-1).report.sentBytes,
    mounted_blobs: taken.kiln.at(-1).report.mountedBlobs,
    peak_rss_mb: Math.round(Math.max(...taken.kiln.map(({ peakRssBytes }) => peakRssBytes)) / MB),
  };
}

/** In a process of its own, whose memory is that of the copy. A worker runs already, so its start does not count; that of crane takes some 20 ms. */
async function copyByKiln(from, to, digest) {
  const { stdout } = await timed([[process.execPath, COPY, from, to, digest]]);
  return JSON.parse(stdout);
}

/** One layer of random bytes, which nothing compresses. Gives the digest of the manifest. */
async function pushRandomImage(scratch, repository, sizeBytes) {
  const file = path.join(scratch, `layer-${sizeBytes}`);
  const layer = await writeRandom(file, sizeBytes);
  const config = Buffer.from(
    '{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}',
  );
  const url = `http://${repository.replace('/', '/v2/')}`;
  await pushBlob(url, layer, sizeBytes, () => Readable.toWeb(createReadStream(file)));
  await pushBlob(url, digestOf(config), config.length, () => config);
  const descriptor = (mediaType, digest, size) => ({ mediaType, digest, size });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor('application/vnd.oci.image.config.v1+json', digestOf(config), config.length),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer, sizeBytes)],
  });
  const digest = digestOf(Buffer.from(manifest));
  const headers = { 'content-type': MANIFEST };
  await put(`${url}/manifests/${digest}`, { headers, body: manifest });
  rmSync(file);
  return digest;
}

async function writeRandom(file, sizeBytes) {
  const hash = createHash('sha256');
  const handle = await open(file, 'w');
  for (let left = sizeBytes; left > 0; left -= 10 * MB) {
    const bytes = randomBytes(Math.min(left, 10 * MB));
    hash.update(bytes);
    await handle.write(bytes);
  }
  await handle.close();
  return `sha256:${hash.digest('hex')}`;
}

async function pushBlob(url, digest, sizeBytes, body) {
  const begun = await fetch(`${url}/blobs/uploads/`, { method: 'POST' });
  const address = new URL(begun.headers.get('location'), url);
  address.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(sizeBytes) };
  await put(address, { headers, body: body(), duplex: 'half' });
}

async function put(url, init) {
  const response = await fetch(url, { method: 'PUT', ...init });
  if (response.status !== 201) throw new Error(`PUT ${url}: ${response.status} ${await response.text()}`);
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function print({ size_mb, small_peak_rss_mb, upload, mount }) {
  const line = (name, { crane_ms, kiln_ms, ratio, peak_rss_mb }) =>
    console.log(
      `${name.padEnd(8)} crane ${crane_ms} ms, kiln ${kiln_ms} ms (${ratio} times), peak RSS ${peak_rss_mb} MB`,
    );
  console.log(`An image of ${size_mb} MB`);
  line('upload', upload);
  line('mount', mount);
  console.log(`Peak RSS of an upload of ${SMALL_MB} MB: ${small_peak_rss_mb} MB`);
}
