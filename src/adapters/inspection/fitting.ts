import type { Finding } from '../../domain/scans/finding.js';
import { PACKAGE_TEXT_LENGTHS } from '../../domain/packages/image-package.js';

const MOST = { vulnerabilityId: 100, fixedVersion: 500, link: 2_000 } as const;

/** A finding with texts that can be stored and links that can be followed. Nothing is left out for being long: it is cut. */
export function fitting(finding: Finding): Finding {
  const { link } = finding;
  return {
    ...finding,
    vulnerabilityId: finding.vulnerabilityId.slice(0, MOST.vulnerabilityId),
    packageName: finding.packageName.slice(0, PACKAGE_TEXT_LENGTHS.name),
    packageVersion: finding.packageVersion.slice(0, PACKAGE_TEXT_LENGTHS.version),
    packageType: finding.packageType.slice(0, PACKAGE_TEXT_LENGTHS.type),
    fixedVersion: finding.fixedVersion?.slice(0, MOST.fixedVersion) ?? null,
    link: link !== null && /^https?:\/\//.test(link) ? link.slice(0, MOST.link) : null,
  };
}
