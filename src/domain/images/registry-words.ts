import { registryOf } from './registry-host.js';

/** What a registry, or the way to it, is found to be by what a program says of it. */
export interface RegistryTrouble {
  readonly kind: 'full' | 'limited' | 'expired' | 'denied' | 'certificate' | 'plain' | 'name' | 'silent';
  readonly code: 'registry_full' | 'registry_limited' | 'registry_denied' | 'registry_unreachable';
  /** What happened, as the end of a sentence, without a full stop. */
  readonly what: string;
  readonly remedy: string;
}

interface Rule extends Pick<RegistryTrouble, 'kind' | 'code' | 'what'> {
  readonly words: RegExp;
  readonly remedy: (host: string) => string;
}

const FREE_ROOM = (): string => 'Free room in it or raise the quota there, then retry.';
const NETWORK = (): string => 'Check its address and that it runs, then retry.';

/**
 * The words of programs in Go (BuildKit, buildah, kaniko, crane and the lifecycle, as recorded in test/domain/images/registry-words) and of
 * registries themselves. The first match wins: a quota is told as DENIED, and an expired token too.
 */
const RULES: readonly Rule[] = [
  {
    // `Err:28` is ENOSPC as the registry of the CNCF tells it.
    words:
      /Insufficient Storage|"?Err"?: ?28\b|no space left on device|\bquota\b|exceeds? the configured upper limit|storage limit/i,
    kind: 'full',
    code: 'registry_full',
    what: 'the registry has no room for it',
    remedy: FREE_ROOM,
  },
  {
    words: /too ?many ?requests|rate limit/i,
    kind: 'limited',
    code: 'registry_limited',
    what: 'the registry answers no more requests for now',
    remedy: (host) =>
      `Retry later, or store credentials, with which most registries let ask more: ${storeWith(host)}.`,
  },
  {
    words: /token (?:has|is) expired|expired token|jwt:? expired|ExpiredToken/i,
    kind: 'expired',
    code: 'registry_denied',
    what: 'the token has expired that the registry was shown',
    remedy: (host) =>
      `Store a new one with ${storeWith(host)}; where tokens live for hours alone have the operator set a credential helper, which gets one for each build (KILN_CREDENTIAL_HELPERS).`,
  },
  {
    words: /denied|forbidden|unauthorized|insufficient_scope|authentication required|authorization failed/i,
    kind: 'denied',
    code: 'registry_denied',
    what: 'the registry refused the credentials',
    remedy: (host) => storeCredential(host),
  },
  {
    words: /certificate has expired|not yet valid|CERT_HAS_EXPIRED/,
    kind: 'certificate',
    code: 'registry_unreachable',
    what: 'its certificate is not valid today',
    remedy: () => 'Renew it, and check the clocks of the registry and of the build host.',
  },
  {
    words: /unknown authority|self-signed certificate|SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)/,
    kind: 'certificate',
    code: 'registry_unreachable',
    what: 'its certificate is signed by an authority unknown here',
    remedy: (host) =>
      `Have the operator put that authority's certificate into the folder KILN_REGISTRY_CA_DIR as ${host}.pem.`,
  },
  {
    words: /certificate is (?:valid for|not valid for)|doesn't contain any IP SANs|ALTNAME/,
    kind: 'certificate',
    code: 'registry_unreachable',
    what: 'its certificate is for another name',
    remedy: () => 'Use the name that it was made for.',
  },
  {
    words:
      /HTTP response to HTTPS client|first record does not look like a TLS handshake|wrong version number/i,
    kind: 'plain',
    code: 'registry_unreachable',
    what: 'it speaks plain HTTP',
    remedy: (host) => `Have the operator list ${host} in KILN_INSECURE_REGISTRIES, or give it TLS.`,
  },
  {
    words: /no such host|server misbehaving|name resolution|ENOTFOUND|EAI_AGAIN/,
    kind: 'name',
    code: 'registry_unreachable',
    what: 'its name is not known on the build host',
    remedy: (host) => `Check the spelling of ${host}, and the DNS of the build host.`,
  },
  {
    words:
      /dial tcp|connection re(?:fused|set)|i\/o timeout|TLS handshake timeout|deadline exceeded|timed? ?out|\bEOF\b|\btls: |x509: |lookup /,
    kind: 'silent',
    code: 'registry_unreachable',
    what: 'the registry does not answer',
    remedy: NETWORK,
  },
];

const STORE = '`kiln credentials set registry ';

/** Names of images and addresses, in which any word may stand. */
const ADDRESSES = /\S+\/\S*/g;

/** What is wrong with a registry by the words of a program; null where they tell nothing that is known. `image`: what was wanted of it. */
export function judgeRegistryWords(words: string, image: string | null): RegistryTrouble | null {
  const said = words.replace(ADDRESSES, (text) => (text === 'i/o' ? text : ' '));
  const rule = RULES.find((one) => one.words.test(said));
  if (rule === undefined) return null;
  const host = (image === null ? null : registryOf(image)) ?? hostIn(words) ?? 'HOST';
  const { kind, code, what, remedy } = rule;
  return { kind, code, what, remedy: remedy(host) };
}

/** Whether a reason tells what to do about a registry itself, so that the general advice would only say it again. */
export function tellsRemedy(reason: string): boolean {
  const parts = RULES.map(({ remedy }) => remedy('\n').split('\n'));
  return [...parts, [STORE]].some((words) => words.every((word) => reason.includes(word)));
}

/** The command that stores a credential for a registry, in a sentence. */
export function storeCredential(host: string): string {
  return `Store one that is accepted with ${storeWith(host)} (add --project where the project has one of its own).`;
}

function storeWith(host: string): string {
  return `${STORE}${host} --username NAME\``;
}

/** The registry of the first address of its API in a text. */
function hostIn(words: string): string | null {
  const [, host] = /https?:\/\/([^/\s"]+)\/v2\//.exec(words) ?? [];
  return host ?? null;
}
