import type { FindScanner, Scans } from '../ports/scans.js';
import { type Loop, type LoopLog, startLoop } from './loop.js';

/** A program that is not there costs nothing to look for; one that is there is started to be asked. */
const WITH_TROUBLE_MS = 15_000;
const WITHOUT_TROUBLE_MS = 5 * 60_000;

/** Notes, as often as it changes, why no image can be scanned, so that a build whose gate needs a scan is refused at once. */
export function startScanWatch(deps: {
  /** Why there can be no bill of materials, without which nothing is scanned; null where there can. */
  readonly sbomTrouble: () => Promise<string | null>;
  readonly findScanner: FindScanner;
  readonly scans: Pick<Scans, 'noteTrouble'>;
  readonly log: LoopLog;
}): Loop {
  let noted: string | null | undefined;
  return startLoop('scan watch', deps.log, async () => {
    const trouble = (await deps.sbomTrouble()) ?? (await scannerTrouble(deps.findScanner));
    if (trouble !== noted) await deps.scans.noteTrouble(trouble);
    noted = trouble;
    return trouble === null ? WITHOUT_TROUBLE_MS : WITH_TROUBLE_MS;
  });
}

async function scannerTrouble(findScanner: FindScanner): Promise<string | null> {
  const scanner = await findScanner(AbortSignal.timeout(WITHOUT_TROUBLE_MS));
  return 'failureReason' in scanner ? scanner.failureReason : null;
}
