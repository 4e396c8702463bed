import type { GitServer, ServerCall } from './server.js';
import { type SourceBudget, sourceTooLarge } from './source-budget.js';

/** A submodule as the tree names it. */
export interface Gitlink {
  readonly path: string;
  readonly commit: string;
}

export interface TreeList {
  readonly gitlinks: readonly Gitlink[];
  /** Files that are small enough to be pointers of git LFS. */
  readonly smallFiles: readonly string[];
}

const MAX_POINTER_BYTES = 1024;
const MAX_ENTRY_BYTES = 16 * 1024;
const ENTRY = /^(\d{6}) (\w+) ([0-9a-f]{40,64}) +(\d+|-)\t(.*)$/s;

/** Lists a commit before anything of it is written to the disk, and counts it. */
export async function listTree(
  server: GitServer,
  commit: string,
  budget: SourceBudget,
  call: ServerCall,
): Promise<TreeList> {
  const gitlinks: Gitlink[] = [];
  const smallFiles: string[] = [];
  let rest = Buffer.alloc(0);
  const take = (entry: string): void => {
    const [, mode = '', type, id = '', size = '', path = ''] = ENTRY.exec(entry) ?? [];
    budget.take(1, size === '-' ? 0 : Number(size));
    if (type === 'commit') gitlinks.push({ path, commit: id });
    else if (mode !== '120000' && Number(size) <= MAX_POINTER_BYTES) smallFiles.push(path);
  };
  await server.git(['ls-tree', '-r', '-l', '-z', '--full-tree', commit], {
    ...call,
    onOutput(bytes) {
      let data = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      for (let end = data.indexOf(0); end !== -1; end = data.indexOf(0)) {
        take(data.toString('utf8', 0, end));
        data = data.subarray(end + 1);
      }
      if (data.length > MAX_ENTRY_BYTES) throw sourceTooLarge('a path that no file can have.');
      rest = Buffer.from(data);
    },
  });
  return { gitlinks, smallFiles };
}
