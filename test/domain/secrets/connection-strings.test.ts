import fc from 'fast-check';
import { secretParts } from '../../../src/domain/secrets/secret-arguments.js';

test.each([
  ['Server=db,1433;Database=app;User Id=sa;Password=hunter2;', ['hunter2']],
  ['server=db;uid=app;pwd=hunter2-b', ['hunter2-b']],
  ['Pwd=hunter2;Server=db', ['hunter2']],
  ['Server=db;Password="hun;ter2";Encrypt=true', ['hun;ter2']],
  ["Server=db;Password='hun;ter2'", ['hun;ter2']],
  ['DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc123+/de==;EndpointSuffix=x', ['abc123+/de==']],
  ['Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=abc123/de=', ['abc123/de=']],
  ['Server=db;Integrated Security=true;', []],
  ['Password=hunter2', []],
  ['see https://a.test/reset?password=hunter2', []],
  ['-Xmx2g -Dpassword=hunter2;', []],
  ['for i in a b; do pwd=$i; done', []],
  ['Server=db;PasswordPolicy=strict1;', []],
])('%s', (value, secrets) => {
  expect(secretParts('CONNSTR', value)).toEqual(secrets);
});

test('a password is found wherever it stands in a connection string', () => {
  const part = fc.constantFrom<string>('Server=db', 'Database=app', 'Encrypt=true', 'User Id=sa');
  const name = fc.constantFrom('Password', 'PWD', 'AccountKey', 'SharedAccessKey');
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1 }),
      name,
      fc.stringMatching(/^[A-Za-z0-9+/=!@#$%-]{6,40}$/),
      fc.nat(),
      (parts, key, value, at) => {
        const all = parts.toSpliced(at % (parts.length + 1), 0, `${key}=${value}`);
        expect(secretParts('CONNSTR', all.join(';'))).toEqual([value]);
      },
    ),
  );
});

test('a text without semicolons has no such parts', () => {
  fc.assert(
    fc.property(
      fc.string(),
      (text) => secretParts('X', text.replaceAll(';', ',')).length === 0 || text.includes('://'),
    ),
  );
});
