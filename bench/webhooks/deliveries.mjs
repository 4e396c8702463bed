import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import definitions from '@octokit/webhooks-examples' with { type: 'json' };

const example = definitions
  .find(({ name }) => name === 'push')
  .examples.find(({ ref }) => ref === 'refs/heads/master');

/** Address of the repository that the deliveries name. */
export const REPOSITORY = example.repository.clone_url;

/** A push as GitHub sends it, to a branch of its own: its headers and its body, signed. */
export function aPush(secret, message = example.head_commit.message) {
  const ref = `refs/heads/${randomUUID()}`;
  const after = randomBytes(20).toString('hex');
  const commit = { ...example.head_commit, id: after, message };
  const body = Buffer.from(
    JSON.stringify({ ...example, ref, after, commits: [commit], head_commit: commit }),
  );
  return signed(secret, body);
}

/** A push that asks for no build: it is kept with the reason, and that is all. */
export function aSkippedPush(secret) {
  return aPush(secret, 'Fix a word [skip ci]');
}

/** What GitHub's push may become on its way: bytes flipped, cut off, put in, nested deep. Signed as it is, so that it is read. */
export function changedPush(secret) {
  let { body } = aPush(secret);
  const at = () => Math.floor(Math.random() * body.length);
  const changes = [
    () => {
      body[at()] ^= 1 + Math.floor(Math.random() * 255);
    },
    () => {
      body = body.subarray(0, at());
    },
    () => put(randomBytes(20)),
    () => put(Buffer.from('{"__proto__":{"a":'.repeat(200))),
    () => put(Buffer.from('"\\u0000\\ud800"')),
    () => put(Buffer.from('['.repeat(20_000))),
  ];
  const put = (bytes) => {
    const place = at();
    body = Buffer.concat([body.subarray(0, place), bytes, body.subarray(place)]);
  };
  for (let times = 1 + Math.floor(Math.random() * 3); times > 0; times -= 1) {
    changes[Math.floor(Math.random() * changes.length)]();
  }
  return signed(secret, body);
}

function signed(secret, body) {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${signature}`,
    },
  };
}
