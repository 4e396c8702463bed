import { createHash } from 'node:crypto';
import type { NewAttestation } from '../../../src/ports/attestations.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { anImage, anOutcome, aRunningBuild, finish } from '../../support/builds.js';
import type { FreshDatabase } from '../../support/database.js';

export const signer = { keyId: 'f'.repeat(64), publicKey: 'PEM' };

export async function aPublishedBuild(db: FreshDatabase, name = 'one', image = anImage(name)) {
  const running = await aRunningBuild(db, {
    options: { dockerfile_inline: 'FROM scratch', build_args: { A: 'secret' } },
  });
  const outcome = { ...anOutcome({ image }), tools: { buildctl: '0.29.0' } };
  await finish(db, running.holder, outcome);
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(running.lease, () => Promise.resolve());
  await recorder.record(running.build.id, running.lease, { kind: 'published' });
  const [repository = ''] = running.build.destinations[0]!.split(/:(?=[^/]*$)/);
  return { ...running, image, repository };
}

export type Published = Awaited<ReturnType<typeof aPublishedBuild>>;

export function anAttestation(
  { build, image }: Published,
  over: Partial<NewAttestation> = {},
): NewAttestation {
  const statement = over.statement ?? '{"a":1}';
  return {
    kind: 'provenance',
    keyId: signer.keyId,
    statement,
    statementSha256: createHash('sha256').update(statement).digest('hex'),
    signature: 'c2ln',
    buildId: build.id,
    subjectDigest: image.manifestDigest,
    builderId: 'urn:uuid:x',
    ...over,
  };
}
