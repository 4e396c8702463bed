import type { FindScanner, Scans } from '../ports/scans.js';
import { type Loop, type LoopLog, startLoop } from './loop.js';

const LOOK_EVERY_MS = 15_000;
/** Whether a program is there costs nothing to look; a scanner that can tell of its database is started for that. */
const ASK_EVERY_MS = 5 * 60_000;

/** Notes, as often as it changes, why no image can be scanned, so that a build whose gate needs a scan is refused at once. */
export function startScanWatch(deps: {
  /** Why there can be no bill of materials, without which nothing is scanned; null where there can. */
  readonly sbomTrouble: () => Promise<string | null>;
  /** Which scanner is there, as far as can be seen without starting it. */
  readonly seeScanner: () => Promise<string | null>;
  readonly findScanner: FindScanner;
  readonly scans: Pick<Scans, 'noteTrouble'>;
  readonly log: LoopLog;
}): Loop {
  let noted: string | null | undefined;
  let asked: { readonly scanner: string | null; readonly atMs: number } | null = null;

  const scannerTrouble = async (): Promise<string | null> => {
    const scanner = await deps.seeScanner();
    const isKnown = asked?.scanner === scanner && performance.now() - asked.atMs < ASK_EVERY_MS;
    if (isKnown && noted === null) return null;
    const found = await deps.findScanner(AbortSignal.timeout(ASK_EVERY_MS));
    asked = { scanner, atMs: performance.now() };
    return 'failureReason' in found ? found.failureReason : null;
  };

  return startLoop('scan watch', deps.log, async () => {
    const trouble = (await deps.sbomTrouble()) ?? (await scannerTrouble());
    if (trouble !== noted) await deps.scans.noteTrouble(trouble);
    noted = trouble;
    return LOOK_EVERY_MS;
  });
}
