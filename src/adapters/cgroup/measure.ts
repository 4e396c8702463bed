import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { GroupEvents, GroupUsage } from '../../ports/run-groups.js';
import { readKernelLog } from './kernel-log.js';
import { countKernelKills, readBlkio, readField, readIoStat, readNumber } from './read-files.js';
import { folderOf, type Tree } from './trees.js';

const BLKIO = 'blkio.throttle.io_service_bytes_recursive';
/** The kernel gives memory by the page. */
const PAGE_BYTES = 4096;

/** What a group and all below it have used. */
export function measureGroup(trees: readonly Tree[], group: string): GroupUsage {
  const { read, versionOf } = filesOf(trees, group);
  const micros = readField(read('cpu', 'cpu.stat'), 'usage_usec');
  const nanos = readNumber(read('cpuacct', 'cpuacct.usage'));
  const cpuMs = versionOf('cpu') === 2 && micros !== null ? micros / 1000 : nanos && nanos / 1e6;
  const blkio = trees.find(({ controllers }) => controllers.includes('blkio'));
  return {
    peakMemoryBytes: readNumber(read('memory', 'memory.peak') ?? read('memory', 'memory.max_usage_in_bytes')),
    cpuMs: cpuMs === null ? null : Math.round(cpuMs),
    diskReadBytes:
      blkio === undefined
        ? readIoStat(read('io', 'io.stat'), 'rbytes')
        : isCounting(blkio)
          ? readBlkio(read('blkio', BLKIO), 'Read')
          : null,
    // Version 1 does not know for whom the kernel writes out what lay in its cache.
    diskWriteBytes: readIoStat(read('io', 'io.stat'), 'wbytes'),
  };
}

/** What happened in a group; the limits are its own. */
export function eventsOf(trees: readonly Tree[], group: string): GroupEvents {
  const { read, versionOf } = filesOf(trees, group);
  const peak = readNumber(read('pids', 'pids.peak'));
  const most = readNumber(read('pids', 'pids.max'));
  const refused = readField(read('pids', 'pids.events'), 'max');
  const reached = peak !== null && most !== null && peak >= most;
  return {
    ...(versionOf('memory') === 2 ? memoryEvents(read) : legacyMemoryEvents(read, group)),
    reachedPids: reached || (refused ?? 0) > 0 ? true : peak === null ? null : false,
  };
}

type Read = (controller: string, file: string) => string | null;

function memoryEvents(read: Read): Omit<GroupEvents, 'reachedPids'> {
  const events = read('memory', 'memory.events');
  const hits = readField(events, 'max');
  return { oomKills: readField(events, 'oom_kill'), reachedMemory: hits === null ? null : hits > 0 };
}

/** Version 1 counts an ended process in its own group, which the builder removes at once; the kernel's log names the limit's. */
function legacyMemoryEvents(read: Read, group: string): Omit<GroupEvents, 'reachedPids'> {
  const peak = readNumber(read('memory', 'memory.max_usage_in_bytes'));
  const most = readNumber(read('memory', 'memory.limit_in_bytes'));
  const reachedMemory = peak === null || most === null ? null : peak >= most - PAGE_BYTES;
  // Nothing is killed by a limit that was not reached, and the log takes twenty milliseconds to read.
  const kills = reachedMemory === false ? 0 : countKernelKills(readKernelLog() ?? '', group);
  return {
    // The log leaves lines out when there are many, and not everybody may read it.
    oomKills: kills > 0 ? kills : null,
    reachedMemory,
  };
}

function filesOf(trees: readonly Tree[], group: string) {
  const treeOf = (controller: string) => trees.find(({ controllers }) => controllers.includes(controller));
  return {
    versionOf: (controller: string) => treeOf(controller)?.version,
    read: (controller: string, file: string): string | null => {
      const tree = treeOf(controller);
      return tree === undefined ? null : readText(posix.join(folderOf(tree, group), file));
    },
  };
}

/** Some kernels have the file and count nothing: then the whole machine has read nothing either. */
function isCounting(tree: Tree): boolean {
  return (readBlkio(readText(posix.join(tree.mount, BLKIO)), 'Read') ?? 0) > 0;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
