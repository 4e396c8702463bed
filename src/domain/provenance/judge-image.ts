import { absent, type Check, fails, holds, pending } from './checks.js';
import { MAX_ENVELOPE_BYTES } from './envelope.js';
import { judgeProvenance } from './judge-provenance.js';
import { judgeSbom } from './judge-sbom.js';
import { type Cryptography, type KnownKey, readAttestation, type ReadAttestation } from './read-statement.js';
import { predicateKind } from './statement.js';

export type SbomKind = 'cyclonedx' | 'spdx';

const MEBIBYTE = 1024 * 1024;

/** A bill of materials that Kiln has signed: the SHA-256 of its statement. */
export interface SignedSbom {
  readonly kind: SbomKind;
  readonly sha256: string;
}

/** A build of the record that has made the image, and what Kiln has signed for it. */
export interface RecordedBuild {
  readonly id: string;
  /** `app#3` */
  readonly name: string;
  /** Of the source: from git, or as the context's digest. */
  readonly commit: string | null;
  readonly contextSha256: string | null;
  readonly baseImage: { readonly reference: string; readonly digest: string | null } | null;
  readonly builderId: string | null;
  /** SHA-256 of the statement of its provenance; null as long as none is signed. */
  readonly statementSha256: string | null;
  /** Why there is none, in words. */
  readonly unsignedReason: string | null;
}

/** What is known of an image, and what lies beside it in the registry. */
export interface JudgedImage {
  /** As it was asked for. */
  readonly reference: string;
  /** What the registry serves; null where there is no such thing. */
  readonly digest: string | null;
  /** What keeps people from pulling it, in words; null for nothing. */
  readonly servedTrouble: string | null;
  /** The digest that is expected of a tag by Kiln's record; null where it knows nothing of it. */
  readonly recordedDigest: string | null;
  readonly builds: readonly RecordedBuild[];
  /** Those that Kiln has signed for the digest. */
  readonly sbomStatements: readonly SignedSbom[];
  /** Whether Kiln has signed the image itself. */
  readonly isSignatureRecorded: boolean;
  /** Whether what belongs to one of the builds is being signed, or put beside the image. */
  readonly isSigning: boolean;
  /** Whether the bill of materials is being made, or is made and not signed yet. */
  readonly isSbomAwaited: boolean;
  /** Texts of envelopes. */
  readonly attestations: readonly string[];
  /** Whether cosign finds any of them too; absent where nobody knows. */
  readonly isForCosign?: boolean | undefined;
  /** Whether a signature of the image itself by a known key is there; null where there is no signature at all. */
  readonly isImageSigned: boolean | null;
  /** Whether one of them is by the key that signs now. */
  readonly isSignedByCurrentKey: boolean;
  readonly keys: readonly KnownKey[];
  /** How much lies beside it that was not read. */
  readonly unread: number;
}

/** Everything that can be asked of an image, and the answers: nothing is taken for true because the registry serves it. */
export function judgeImage(image: JudgedImage, cryptography: Cryptography): Check[] {
  const { reference, digest } = image;
  if (digest === null) return [fails('digest', `the registry serves nothing as ${reference}`)];
  const served = judgeDigest(image, digest);
  const read = image.attestations.map((text) => readAttestation(text, image.keys, cryptography));
  const isSbom = ({ statement }: ReadAttestation): boolean => {
    const kind = statement === null ? null : predicateKind(statement.predicateType);
    return kind === 'cyclonedx' || kind === 'spdx';
  };
  const checks = [
    served,
    ...judgeTag(image),
    judgeRecord(image),
    ...judgeProvenance(
      { ...image, digest },
      read.filter((one) => !isSbom(one)),
    ),
    ...judgeSbom({ ...image, digest }, read.filter(isSbom)),
    judgeSignature(image),
  ];
  return [...checks.map((check) => linkUnread(image, check)), ...judgeUnread(image)];
}

/** What is missing may be among what was not read: whoever has put that there has to be told from whoever has taken something away. */
function linkUnread({ unread }: JudgedImage, check: Check): Check {
  const isAboutAttachments = ['signature', 'sbom', 'image signature'].includes(check.name);
  if (unread === 0 || check.state !== 'fails' || !isAboutAttachments) return check;
  return { ...check, text: `${check.text}; it may be among the ${unread} that are not read, see below` };
}

/** What is not read does not count, whosever it is: what Kiln has signed and nobody finds, fails above. */
function judgeUnread({ unread }: JudgedImage): Check[] {
  if (unread === 0) return [];
  const how = `larger than ${MAX_ENVELOPE_BYTES / MEBIBYTE} MiB, or too many or too large together`;
  return [absent('unread', `${unread} beside the image ${unread === 1 ? 'is' : 'are'} not read: ${how}`)];
}

function judgeDigest({ reference, recordedDigest, servedTrouble }: JudgedImage, digest: string): Check {
  if (recordedDigest !== null && recordedDigest !== digest) {
    return fails(
      'digest',
      `${reference} is ${digest}, and Kiln has pointed it at ${recordedDigest}: somebody else has moved the tag`,
    );
  }
  if (servedTrouble !== null)
    return fails('digest', `the registry names ${digest}, and nobody can pull that: ${servedTrouble}`);
  return holds(
    'digest',
    `the registry serves ${digest}, and has its config and layers (whose bytes are not read)`,
  );
}

/** A tag that somebody else has put there, and that says nothing of what Kiln has meant by it. */
function judgeTag({ reference, recordedDigest }: JudgedImage): Check[] {
  if (recordedDigest !== null) return [];
  return [absent('tag', `Kiln has not put ${reference} there: what it points at is for others to say`)];
}

function judgeRecord({ builds }: JudgedImage): Check {
  const [newest] = builds;
  if (newest === undefined) return fails('record', 'no build of this Kiln has made this image');
  const others = builds.length === 1 ? '' : `, and ${builds.length - 1} more`;
  return holds('record', `made by ${newest.name}${others}`);
}

function judgeSignature(image: JudgedImage): Check {
  const { isImageSigned, isSignedByCurrentKey, isSignatureRecorded, isSigning } = image;
  if (isImageSigned === null && isSigning)
    return pending('image signature', 'the signature is being made; ask again in a moment');
  if (isImageSigned === null && isSignatureRecorded)
    return fails('image signature', 'Kiln has signed the image itself, and no signature lies beside it');
  if (isImageSigned === null) return absent('image signature', 'there is no signature of the image itself');
  if (!isImageSigned)
    return fails(
      'image signature',
      'no signature of the image itself is one by a key of this Kiln for this digest',
    );
  return holds(
    'image signature',
    isSignedByCurrentKey
      ? 'the image itself is signed by a key of this Kiln'
      : 'the image itself is signed by an earlier key of this Kiln; the next build of it signs it by the current one too',
  );
}
