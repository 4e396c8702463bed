/** Kinds of tags that lie beside an image for clients which know no referrers. */
export const ATTACHMENT_SUFFIXES = ['', '.att', '.sig', '.sbom'] as const;
export type AttachmentSuffix = (typeof ATTACHMENT_SUFFIXES)[number];

/** The tag under which something lies beside an image: a list of referrers (no suffix), or what cosign looks for. */
export function attachmentTag(digest: string, suffix: AttachmentSuffix): string {
  return `${digest.replace(':', '-')}${suffix}`;
}

/** Whether a tag is one of those, and so none that people have set. */
export function isAttachmentTag(tag: string): boolean {
  return /^sha256-[0-9a-f]{64}(?:\.(?:att|sig|sbom))?$/.test(tag);
}
