import { generateKeyPairSync } from 'node:crypto';
import { privateKeyTrouble } from '../../../src/domain/secrets/private-key.js';

const pem = (type: 'pkcs1' | 'pkcs8', passphrase?: string): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({
      format: 'pem',
      type,
      ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();

/** The beginning of a key as ssh-keygen writes it, with this cipher. */
function openssh(cipher: string): string {
  const head = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    Buffer.from([0, 0, 0, cipher.length]),
    Buffer.from(cipher),
  ]);
  const body = Buffer.concat([head, Buffer.alloc(200, 1)]).toString('base64');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.replace(/.{70}/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

describe('a private key for SSH', () => {
  test('is taken without a passphrase, whatever wrote it', () => {
    for (const key of [pem('pkcs1'), pem('pkcs8'), openssh('none'), openssh('none').replaceAll('\n', '\r\n')])
      expect(privateKeyTrouble(key)).toBeNull();
  });

  test('is refused with a passphrase, with the way to take it off', () => {
    for (const key of [pem('pkcs1', 'x'), pem('pkcs8', 'x'), openssh('aes256-ctr')])
      expect(privateKeyTrouble(key)).toMatch(/passphrase.*ssh-keygen -p/);
  });

  test('is not another text', () => {
    for (const text of ['', 'token', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])
      expect(privateKeyTrouble(text)).toMatch(/expected a private key/);
  });
});
