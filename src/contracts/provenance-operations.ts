import { z } from 'zod';
import { ATTESTATION_STATES } from '../domain/provenance/attestation.js';
import { parseReference } from '../domain/images/reference.js';
import { CHECK_NAMES, CHECK_STATES } from '../domain/provenance/checks.js';
import { BUILD_ID, MANIFEST_DIGEST, REPOSITORY, at } from './examples/names.js';
import { operation } from './operation.js';
import { buildParams, listOf } from './parameters.js';

export const ImageCheck = z.strictObject({
  name: z.enum(CHECK_NAMES),
  state: z
    .enum(CHECK_STATES)
    .describe(
      'pending: what it asks for is being made; absent: there is nothing to judge, and nothing is claimed',
    ),
  text: z.string(),
});
export type ImageCheck = z.infer<typeof ImageCheck>;

export const Verification = z.strictObject({
  image: z.string().describe('as it was asked for'),
  repository: z.string(),
  digest: z.string().nullable().describe('what the registry serves'),
  holds: z.boolean().describe('false when one check fails or is pending'),
  is_pending: z
    .boolean()
    .describe(
      'whether a build of it, or its bill of materials, is about to be signed: ask again in a moment',
    ),
  checks: z.array(ImageCheck),
});
export type Verification = z.infer<typeof Verification>;

export const SigningKey = z.strictObject({
  key_id: z.string().describe('SHA-256 of the DER of the public key'),
  public_key: z.string().describe('in PEM, as `cosign verify --key` takes it'),
  first_used_at: z.iso.datetime({ offset: true }).describe('since when this Kiln knows it'),
});
export type SigningKey = z.infer<typeof SigningKey>;

export const BuildProvenance = z.strictObject({
  state: z
    .enum(ATTESTATION_STATES)
    .describe(
      'pending until it lies beside the image; unsigned: there is no key; failed: a registry did not take it',
    ),
  reason: z.string().nullable(),
  key_id: z.string().nullable(),
  envelope: z
    .looseObject({ payloadType: z.string(), payload: z.string() })
    .nullable()
    .describe('DSSE of an in-toto statement with SLSA provenance v1; null as long as it is not signed'),
});
export type BuildProvenance = z.infer<typeof BuildProvenance>;

/** Names a registry: nothing is filled in. */
const imageName = z
  .string()
  .max(700)
  .superRefine((text, context) => {
    try {
      if (parseReference(text).domain === null)
        context.addIssue({ code: 'custom', message: 'it names no registry: write host/path:tag' });
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });

const EXAMPLE_KEY_ID = '5f1d'.repeat(16);

export const verifyImage = operation({
  id: 'verifyImage',
  method: 'get',
  path: '/v1/verification',
  tag: 'images',
  summary: 'Asks what holds of an image that a registry serves, and what does not',
  description:
    'Reads the image and what lies beside it in its registry, and holds that against the record and the keys of this Kiln. Of repositories that builds of the tenant have published to.',
  auth: 'token',
  query: z.strictObject({
    image: imageName.describe('repository:tag or repository@sha256:…'),
  }),
  responses: { 200: { description: 'One check after the other.', schema: Verification } },
  errors: ['not_found', 'invalid_request', 'registry_unreachable', 'registry_denied', 'registry_failed'],
  example: {
    query: { image: `${REPOSITORY}:3` },
    answer: {
      status: 200,
      body: {
        image: `${REPOSITORY}:3`,
        repository: REPOSITORY,
        digest: MANIFEST_DIGEST,
        holds: true,
        is_pending: false,
        checks: [
          { name: 'digest', state: 'holds', text: `the registry serves ${MANIFEST_DIGEST}` },
          { name: 'record', state: 'holds', text: 'made by app#3' },
        ],
      } satisfies Verification,
    },
  },
});

export const listSigningKeys = operation({
  id: 'listSigningKeys',
  method: 'get',
  path: '/v1/signing-keys',
  tag: 'images',
  summary: 'The public keys by which this Kiln has signed, the newest first',
  auth: 'token',
  responses: { 200: { description: 'The keys.', schema: listOf(SigningKey) } },
  errors: [],
  example: {
    answer: {
      status: 200,
      body: {
        items: [
          {
            key_id: EXAMPLE_KEY_ID,
            public_key: '-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n',
            first_used_at: at(0),
          },
        ],
      },
    },
  },
});

export const getProvenance = operation({
  id: 'getProvenance',
  method: 'get',
  path: '/v1/builds/:build/provenance',
  tag: 'builds',
  summary: 'Where the image of a build comes from, signed',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'The provenance.', schema: BuildProvenance } },
  errors: ['not_found'],
  example: {
    params: { build: BUILD_ID },
    answer: {
      status: 200,
      body: { state: 'pending', reason: null, key_id: null, envelope: null } satisfies BuildProvenance,
    },
  },
});
