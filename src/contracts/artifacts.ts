import { z } from 'zod';
import { ARTIFACT_TYPES } from '../domain/builds/artifact.js';
import { RETENTION_POLICIES } from '../domain/builds/retention-policy.js';

const timestamp = z.iso.datetime({ offset: true });

/** What a build has left, or what was made of its image. */
export const BuildArtifact = z.strictObject({
  artifact_name: z.string(),
  artifact_type: z.enum(ARTIFACT_TYPES),
  media_type: z.string().describe('a folder is kept as one tar'),
  artifact_location: z
    .string()
    .describe('contents/SHA-256, log/BUILD/ATTEMPT, or the reference by which a registry serves an image'),
  artifact_size_bytes: z.int().min(0).describe('as downloaded; of an image, as its registry stores it'),
  sha256_digest: z
    .string()
    .describe('of the bytes as they are downloaded, in hex; of an image that of its manifest'),
  attempt: z.int().min(1).nullable().describe('null for what was made after the attempts'),
  retention_policy: z.enum(RETENTION_POLICIES).describe('delete_on_success: until the build ends in success'),
  expires_at: timestamp.nullable(),
  is_available: z
    .boolean()
    .describe('false where it has expired, was removed, or was lost, such as with a disk'),
  created_at: timestamp,
});
export type BuildArtifact = z.infer<typeof BuildArtifact>;
