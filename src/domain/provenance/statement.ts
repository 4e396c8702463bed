/** An artifact that a statement speaks of. `digest` by algorithm, in hexadecimal. */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** An in-toto statement: what is said of which digests. */
export interface Statement<Predicate = unknown> {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly {
    readonly name: string;
    readonly digest: { readonly sha256: string };
  }[];
  readonly predicateType: string;
  readonly predicate: Predicate;
}

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** What Kiln says of images. */
export const PREDICATE_TYPES = {
  provenance: 'https://slsa.dev/provenance/v1',
  cyclonedx: 'https://cyclonedx.org/bom',
  spdx: 'https://spdx.dev/Document',
} as const;

export type PredicateKind = keyof typeof PREDICATE_TYPES;

/** The kind of a predicate type; null for one that Kiln does not know. */
export function predicateKind(predicateType: string): PredicateKind | null {
  const kinds = Object.keys(PREDICATE_TYPES) as PredicateKind[];
  return kinds.find((kind) => PREDICATE_TYPES[kind] === predicateType) ?? null;
}

/**
 * The statement that a predicate is true of an image. Of an index it may be one of its manifests alone that it is true of, which is named
 * after it.
 */
export function statementOf<Predicate>(
  image: { readonly repository: string; readonly digest: string; readonly manifestDigest?: string },
  predicateType: string,
  predicate: Predicate,
): Statement<Predicate> {
  const { repository: name, digest, manifestDigest = digest } = image;
  const subject = [...new Set([digest, manifestDigest])].map((one) => ({
    name,
    digest: { sha256: hexOf(one) },
  }));
  return { _type: STATEMENT_TYPE, subject, predicateType, predicate };
}

/** `sha256:<hex>` without its algorithm. */
export function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '');
}
