import { expect, test } from 'vitest';
import { parseBlobPlace } from '../../../src/domain/network/blob-place.js';

const minio = { bucket: 'kiln', endpoint: 'https://s3.example.com', region: 'us-east-1', pathStyle: true };

test.each([
  ['s3://kiln?region=eu-central-1', { endpoint: null, region: 'eu-central-1', pathStyle: false, prefix: '' }],
  ['s3://kiln?endpoint=https://s3.example.com', { ...minio, prefix: '' }],
  ['s3://kiln/team/a/?endpoint=https%3A%2F%2Fs3.example.com', { ...minio, prefix: 'team/a/' }],
  ['s3://kiln?endpoint=http://127.0.0.1:7070/', { endpoint: 'http://127.0.0.1:7070' }],
  [
    's3://kiln?endpoint=https://s3.example.com&region=fra1&path_style=false',
    { region: 'fra1', pathStyle: false },
  ],
])('%s names a bucket', (text, place) => {
  expect(parseBlobPlace(text)).toMatchObject({ bucket: 'kiln', ...place });
});

test.each([
  ['/var/lib/kiln', 'expected s3://'],
  ['s3://', 'expected s3://'],
  ['s3://KILN?region=a', 'expected s3://'],
  ['s3://AKIA:secret@kiln?region=a', 'credentials'],
  ['s3://kiln?endpoint=https://AKIA:secret@s3.example.com', 'expected an endpoint'],
  ['s3://kiln', 'region'],
  ['s3://kiln/a b?region=a', 'prefix'],
  ['s3://kiln?region=a&secret=x', 'endpoint, region and path_style only'],
  ['s3://kiln?region=a&path_style=yes', 'path_style'],
  ['s3://kiln?region=%E0%A4%A', 'region'],
])('%s is refused, and the answer does not repeat it', (text, why) => {
  const answer = parseBlobPlace(text);
  expect(answer).toEqual(expect.stringContaining(why));
  expect(answer).not.toContain('secret@');
});
