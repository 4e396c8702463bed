const PEM_KEY = /^-----BEGIN ([A-Z ]*)PRIVATE KEY-----\r?\n([\s\S]+?)-----END [A-Z ]*PRIVATE KEY-----\s*$/;
/** Beginning of the base64 of an OpenSSH key: "openssh-key-v1", and the name of its cipher, which is "none" without a passphrase. */
const OPENSSH = 'b3BlbnNzaC1rZXktdjEA';
const OPENSSH_PLAIN = `${OPENSSH}AAAABG5vbmU`;

/** Why a text cannot serve as a private key of SSH, null when it can: it is none, or a passphrase protects it. */
export function privateKeyTrouble(text: string): string | null {
  const [, type, base64 = ''] = PEM_KEY.exec(text) ?? [];
  if (type === undefined) return 'expected a private key (-----BEGIN ... PRIVATE KEY-----)';
  const body = base64.replace(/\s/g, '');
  const isOpensshWithPassphrase = body.startsWith(OPENSSH) && !body.startsWith(OPENSSH_PLAIN);
  if (!/ENCRYPTED/.test(type + base64.slice(0, 100)) && !isOpensshWithPassphrase) return null;
  return 'is protected by a passphrase: store a key without one (`ssh-keygen -p`)';
}
