/** Which of Docker's credential helpers knows the credential of a registry: `name` stands for the program `docker-credential-<name>`. */
export interface CredentialHelper {
  /** As credentials spell it. */
  readonly host: string;
  readonly name: string;
}

const HELPER = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)=([a-z0-9][a-z0-9-]{0,60})$/;

/** Reads `registry.example.com=ecr-login`; null for anything else. */
export function parseCredentialHelper(text: string): CredentialHelper | null {
  const [, host, name] = HELPER.exec(text.trim()) ?? [];
  return host === undefined || name === undefined ? null : { host, name };
}
