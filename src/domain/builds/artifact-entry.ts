/** An entry of a folder that is kept; `path` is inside the folder, without `.` and empty parts, '' for the folder itself. */
export interface ArtifactEntry {
  readonly path: string;
  /** As the tar calls it. */
  readonly type: string;
  readonly linkname: string;
}

/**
 * Why an entry is not kept; null when it is. Links stay inside the folder wherever it is unpacked: a target goes up first, as far as real
 * folders lead, and then down.
 */
export function entryTrouble({ path, type, linkname }: ArtifactEntry): string | null {
  if (path.split('/').includes('..')) return 'its path leads out of the folder';
  if (type === 'file' || type === 'contiguous-file' || type === 'directory') return null;
  if (type === 'link') return leadsOut('', linkname) ? 'it is a link that leads out of the folder' : null;
  if (type === 'symlink')
    return leadsOut(path, linkname) ? 'it is a link that leads out of the folder' : null;
  return `it is a ${type}, which is neither file, folder nor link`;
}

function leadsOut(from: string, target: string): boolean {
  if (target === '' || target.startsWith('/')) return true;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const leading = ups === -1 ? parts.length : ups;
  const depth = from === '' ? 0 : from.split('/').length - 1;
  return leading > depth || parts.slice(leading).includes('..');
}
