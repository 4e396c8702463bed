import { createHash } from 'node:crypto';
import type { ImageLayer } from './busybox-layer.js';

const GZIP_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

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

/** The part of an image's config that programs read (`config` of the OCI image specification). */
export interface ImageSettings {
  readonly Env: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** A layer and what has made it, in words. */
export type NamedLayer = ImageLayer & { readonly createdBy: string };

/** Makes an image of one layer, for the architecture of this machine. The same layer gives the same digest. */
export function singleLayerImage(layer: ImageLayer): PushableImage {
  return systemImage([{ ...layer, createdBy: 'busybox root file system' }]);
}

/** The same of several layers that are a system together, the base first. */
export function systemImage(layers: readonly NamedLayer[]): PushableImage {
  return layeredImage(layers, {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    Cmd: ['sh'],
  });
}

/** An image of layers, the base first, with settings of its own. */
export function layeredImage(layers: readonly NamedLayer[], settings: ImageSettings): PushableImage {
  const blobs = layers.map(({ mediaType = GZIP_LAYER, compressed }) => blobOf(mediaType, compressed));
  const config = blobOf(
    'application/vnd.oci.image.config.v1+json',
    jsonBytes({
      created: '1970-01-01T00:00:00Z',
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: settings,
      rootfs: { type: 'layers', diff_ids: layers.map(({ tar }) => digestOf(tar)) },
      history: layers.map(({ createdBy }) => ({ created: '1970-01-01T00:00:00Z', created_by: createdBy })),
    }),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: descriptorOf(config),
    layers: blobs.map(descriptorOf),
  };
  return { manifest: blobOf(mediaType, jsonBytes(manifest)), blobs: [...blobs, config] };
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
