import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { BlobPlace } from '../../domain/network/blob-place.js';
import { KilnError } from '../../domain/errors.js';
import type { BlobStore, ByteRange, ReceivedContent } from '../../ports/contents.js';
import { inParallel } from './in-parallel.js';
import { placeOf } from './place-of.js';
import { asBlobError, isMissing } from './s3-errors.js';

/** What is larger goes in parts of this size, two at a time; that much memory one upload takes at most. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
const CONNECT_MS = 5_000;
const SILENCE_MS = 30_000;
const TRIES = 4;

/**
 * Contents as objects of a bucket, `<prefix>contents/<tenant>/<1 digit>/<digest>`. Credentials are found as the AWS SDK finds them:
 * environment, shared file, identity of the container or machine.
 */
export function createS3Store({ bucket, prefix, endpoint, region, pathStyle }: BlobPlace): BlobStore {
  const client = new S3Client({
    region,
    ...(endpoint !== null && { endpoint }),
    forcePathStyle: pathStyle,
    maxAttempts: TRIES,
    // What is stored carries a SHA-256 of ours; the CRC32 that the SDK adds by itself is not known to every server.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
  });
  const keyOf = (tenantId: string, sha256: string): string => `${prefix}${placeOf(tenantId, sha256)}`;
  const check = async (): Promise<void> => {
    await client.send(new HeadBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
      throw asBlobError(error);
    });
  };
  const stat: BlobStore['stat'] = async (tenantId, sha256) => {
    const Key = keyOf(tenantId, sha256);
    try {
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
      return { sizeBytes: head.ContentLength ?? 0, version: head.ETag ?? '' };
    } catch (error) {
      if (!isMissing(error)) throw asBlobError(error);
      // The answer to HEAD does not say whether the object or the whole bucket is missing.
      await check();
      return null;
    }
  };
  const put = async (tenantId: string, content: ReceivedContent): Promise<void> => {
    const Key = keyOf(tenantId, content.sha256);
    try {
      if (content.sizeBytes <= PART_BYTES) {
        const ChecksumSHA256 = Buffer.from(content.sha256, 'hex').toString('base64');
        const Body = await readFile(content.path);
        await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ChecksumSHA256 }));
      } else {
        const Body = Readable.from(judgedBytes(content));
        const params = { Bucket: bucket, Key, Body, ChecksumAlgorithm: 'SHA256' } as const;
        await new Upload({ client, params, partSize: PART_BYTES, queueSize: PARTS_AT_ONCE }).done();
      }
    } catch (error) {
      throw asBlobError(error);
    }
  };
  const putMissing = async (tenantId: string, content: ReceivedContent): Promise<void> => {
    if ((await stat(tenantId, content.sha256))?.sizeBytes !== content.sizeBytes) await put(tenantId, content);
  };
  return {
    stat,
    prepare: (tenantId, received) => inParallel(received, (content) => put(tenantId, content)),
    // Whoever removed them since did it before the caller's lock.
    place: (tenantId, received) => inParallel(received, (content) => putMissing(tenantId, content)),
    async open(tenantId, sha256, { range, version } = {}) {
      try {
        const { Body } = await client.send(
          new GetObjectCommand({
            Bucket: bucket,
            Key: keyOf(tenantId, sha256),
            ...(range !== undefined && { Range: rangeHeader(range) }),
            ...(version !== undefined && { IfMatch: version }),
          }),
        );
        return readBody(Body as Readable);
      } catch (error) {
        if (!isMissing(error)) throw asBlobError(error);
        throw new KilnError('not_found', { message: 'The stored bytes are not there.', cause: error });
      }
    },
    async remove(tenantId, digests) {
      await inParallel(digests, async (sha256) => {
        await client
          .send(new DeleteObjectCommand({ Bucket: bucket, Key: keyOf(tenantId, sha256) }))
          .catch((error: unknown) => {
            if (!isMissing(error)) throw asBlobError(error);
          });
      });
    },
    sweep: (olderThanMs) => abortUploads(client, bucket, `${prefix}contents/`, olderThanMs),
    check,
  };
}

function rangeHeader({ first, last }: ByteRange): string {
  return `bytes=${first}-${last}`;
}

/** The bytes of a file; breaks off where they are not those that were received, which ends the upload. */
async function* judgedBytes({ path, sha256 }: ReceivedContent): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(part as Buffer);
    yield part as Buffer;
  }
  if (hash.digest('hex') !== sha256)
    throw new KilnError('digest_mismatch', { fields: [{ field: sha256, message: 'changed on the disk' }] });
}

async function* readBody(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of body) yield part as Uint8Array;
  } catch (error) {
    throw asBlobError(error);
  }
}

/** Uploads in parts that broke off keep their parts until somebody says that nothing comes any more. */
async function abortUploads(
  client: S3Client,
  bucket: string,
  prefix: string,
  olderThanMs: number,
): Promise<void> {
  const before = Date.now() - olderThanMs;
  try {
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
    );
    for (const { Key, UploadId, Initiated } of Uploads) {
      if (Initiated === undefined || Initiated.getTime() > before) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
  } catch (error) {
    throw asBlobError(error);
  }
}
