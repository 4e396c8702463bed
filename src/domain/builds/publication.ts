/** Where the copying of an image to one repository stands. `given_up`: it failed or was cancelled; the build says why. */
export const PUBLICATION_STATUSES = ['copying', 'waiting', 'copied', 'given_up'] as const;
export type PublicationStatus = (typeof PUBLICATION_STATUSES)[number];

/** An upload of a blob that a registry has begun to take, so that a later try goes on with it, and counts what it has brought once. */
export interface OpenUpload {
  /** Of the blob. */
  readonly digest: string;
  /** Path and parameters at the registry; null once it has arrived whole. */
  readonly address: string | null;
  /** As counted among the bytes that went out. */
  readonly sentBytes: number;
}

/** What a host reports of one try to copy an image to one repository. Counts are of distinct blobs, none that an earlier try has counted. */
export interface PublicationReport {
  readonly repository: string;
  readonly manifestDigest: string;
  readonly status: PublicationStatus;
  /** Counts the tries of the attempt from 1. */
  readonly tryNumber: number;
  readonly totalBlobs: number;
  readonly mountedBlobs: number;
  readonly existingBlobs: number;
  readonly uploadedBlobs: number;
  readonly totalBytes: number;
  /** Bytes of mounted and existing blobs. */
  readonly sparedBytes: number;
  readonly sentBytes: number;
  /** Of `waiting`: what for, in words; null otherwise. */
  readonly waitingReason: string | null;
  /** All that are under way or have arrived; what is kept stays as it is when absent. */
  readonly openUploads?: readonly OpenUpload[] | undefined;
  /**
   * Present when every blob is there and the first manifest is about to be sent: publication begins. `wasThere`: the repository serves the
   * manifest already.
   */
  readonly begins?: { readonly wasThere: boolean } | undefined;
}
