import { storableText, toJson } from '../../src/storage/storable.js';
import { decodeCursor, encodeCursor } from '../../src/storage/cursor.js';
import { scramVerifier } from '../../src/storage/scram-verifier.js';

test('NUL and lone surrogates become the replacement character, pairs stay', () => {
  expect(storableText('a\u0000b\ud800c😀')).toBe('a\ufffdb\ufffdc😀');
});

test('JSON is made storable in values and keys, at every depth', () => {
  expect(toJson({ 'k\u0000': ['\u0000', { deep: '\ud800' }], n: 1, none: null })).toBe(
    '{"k\ufffd":["\ufffd",{"deep":"\ufffd"}],"n":1,"none":null}',
  );
});

test('a cursor comes back as the row it was made of', () => {
  const row = {
    created_at: new Date('2026-11-21T09:00:00.123Z'),
    id: '00000000-0000-4000-8000-000000000000',
  };
  expect(decodeCursor(encodeCursor(row))).toEqual({ createdAt: row.created_at, id: row.id });
});

test('a SCRAM verifier agrees with a known one', () => {
  // Password `pencil` and the salt of RFC 7677 with 4096 iterations.
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(scramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});
