import { createHash } from 'node:crypto';
import type { ImageLayer } from './busybox-layer.js';

/** Bytes that a registry keeps under their digest. */
export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** An image ready to be pushed (OCI image specification 1.1). */
export interface PushableImage {
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
}

/** Makes an image of one layer, for the architecture of this machine. The same layer gives the same digest. */
export function singleLayerImage(layer: ImageLayer): PushableImage {
  const layerBlob = blobOf('application/vnd.oci.image.layer.v1.tar+gzip', layer.compressed);
  const config = blobOf(
    'application/vnd.oci.image.config.v1+json',
    jsonBytes({
      created: '1970-01-01T00:00:00Z',
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer.tar)] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'busybox root file system' }],
    }),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: descriptorOf(config),
    layers: [descriptorOf(layerBlob)],
  };
  return { manifest: blobOf(mediaType, jsonBytes(manifest)), blobs: [layerBlob, config] };
}

function blobOf(mediaType: string, bytes: Buffer): Blob {
  return { mediaType, digest: digestOf(bytes), bytes };
}

function descriptorOf(blob: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType: blob.mediaType, digest: blob.digest, size: blob.bytes.length };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
