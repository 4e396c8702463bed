import type { Publication } from '../../contracts/publications.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { stripEscapes } from '../terminal/escapes.js';
import { plural } from '../terminal/units.js';

/** How far the copy to a repository is, or how it ended: `12.3 MB sent, 2 blobs mounted, 1 there before`. */
export function publicationText(publication: Publication): string {
  const { status, waiting_reason: reason, total_bytes: total } = publication;
  const done = Math.min(total, publication.spared_bytes + publication.sent_bytes);
  switch (status) {
    case 'waiting':
      return `waits: ${stripEscapes(reason ?? '').replace(/\s+/g, ' ')}`;
    case 'copying':
      return total === 0 ? 'begins' : `${formatBytes(done)} of ${formatBytes(total)}`;
    case 'copied':
      return `${outcomeText(publication)}${leftText(publication)}`;
    case 'given_up':
      return `given up (${outcomeText(publication)})${leftText(publication)}`;
  }
}

/** The same with all that is known while it goes on: `12.0 MB of 40.0 MB, 1 of 3 blobs; waits: ...`. */
export function publicationProgress(publication: Publication): string {
  const { status, total_blobs: total } = publication;
  if (total === 0 || (status !== 'copying' && status !== 'waiting')) return publicationText(publication);
  const done = publication.mounted_blobs + publication.existing_blobs + publication.uploaded_blobs;
  const far = `${publicationText({ ...publication, status: 'copying' })}, ${Math.min(done, total)} of ${plural(total, 'blob')}`;
  return status === 'waiting' ? `${far}; ${publicationText(publication)}` : far;
}

function outcomeText(publication: Publication): string {
  const { mounted_blobs: mounted, existing_blobs: existing } = publication;
  return [
    `${formatBytes(publication.sent_bytes)} sent`,
    ...(mounted > 0 ? [`${plural(mounted, 'blob')} mounted`] : []),
    ...(existing > 0 ? [`${existing} there before`] : []),
    ...(publication.removed_at === null ? [] : ['removed again']),
    ...(publication.not_served_at === null ? [] : [`not served at ${publication.not_served_at}`]),
  ].join(', ');
}

/** What a build that came to nothing may have left there. */
function leftText({ tidy_trouble: trouble, tidy_due_at: dueAt }: Publication): string {
  const next = dueAt === null ? '' : `; the registry is asked again at ${dueAt}`;
  if (trouble === null) return next;
  return `; what was sent may be served there still: ${stripEscapes(trouble).replace(/\s+/g, ' ')}${next}`;
}
