import { getImage } from '../contracts/image-operations.js';
import type { ImageDetail } from '../contracts/images.js';
import type { Build } from '../contracts/builds.js';
import { isUuid } from '../domain/ids.js';
import { findBuild } from './build-reference.js';
import type { Client } from './client.js';
import { EXIT } from './exit-codes.js';
import { CommandFailure, usageFailure } from './failure.js';
import { oneLine } from './progress/build-view.js';
import { formatDuration } from './terminal/units.js';

/** Less than the 20 seconds that a call may take: the answer that nothing has come yet has to arrive in time. */
const WAIT_SECONDS = 15;
/** A comparison tells the rest without the packages of an image that takes longer, that of a what-if also without its files. */
const COMPARISON_PATIENCE_SECONDS = 120;

/** Finds the image that a person means: by its digest (or its beginning, or repository@digest), its id, or the build that made it. */
export async function findImage(client: Client, reference: string): Promise<ImageDetail> {
  const [, digest] = /(?:^|@)(sha256:[0-9a-f]{7,64})$/.exec(reference) ?? [];
  if (digest !== undefined) return read(client, digest);
  if (/(?:^|@)sha256:[0-9a-f]{0,6}$/.test(reference))
    throw usageFailure(
      `"${reference}" is too little of a digest.`,
      'Give at least 7 hexadecimal digits of it; `kiln images` shows them.',
    );
  const build = await findBuild(client, reference).catch((error: unknown) => {
    if (isUuid(reference) && error instanceof CommandFailure && error.code === 'not_found') return null;
    throw error;
  });
  if (build === null) return read(client, reference);
  if (build.image_id === null) throw withoutImage(build);
  return read(client, build.image_id);
}

/** Says in plain words why a build has no image. */
function withoutImage({ project, build_number: number, status, result }: Build): CommandFailure {
  const name = `${project}#${number}`;
  const others = `\`kiln images ${project}\` lists those that there are.`;
  const because = {
    queued: ['it waits for its turn', `\`kiln logs -f ${name}\` follows it.`],
    in_progress: ['it is being built', `\`kiln logs -f ${name}\` follows it.`],
    failed: ['it failed', `\`kiln show ${name}\` says why. ${others}`],
    cancelled: ['it was cancelled', others],
    success: ['none was recorded', others],
  } as const;
  const isStaged = result.resumable_from === 'publish';
  const [why, fix] = because[status];
  return new CommandFailure('not_found', {
    message: `${name} has no image: ${isStaged ? `${why} before the image was published` : why}.`,
    fix: isStaged ? `\`kiln retry ${name} --from publish\` publishes it. ${others}` : fix,
  });
}

/** How long a command waits at most, and to whom it says that it still does. */
export interface ImagePatience {
  readonly timeoutSeconds?: number | undefined;
  readonly tell: (line: string) => void;
}

const PATIENCE_SECONDS = 15 * 60;
const TELL_EVERY_MS = 60_000;
const WHY_LONG =
  'Kiln looks into one image at a time, and asks a registry that does not answer again for about nine minutes';

/**
 * The image once its layers were looked into, or could not be; Kiln answers as soon as that is so. Tells after the first answer and then each
 * minute that it waits; throws `unavailable` where it takes longer than the patience (15 minutes unless said otherwise).
 */
export async function waitUntilExplored(
  client: Client,
  image: ImageDetail,
  { timeoutSeconds = PATIENCE_SECONDS, tell }: ImagePatience,
): Promise<ImageDetail> {
  const now = await lookUntilExplored(client, image, { timeoutSeconds, tell });
  if (isAwaited(now, 'layers')) throw notExplored(image, timeoutSeconds);
  return now;
}

/** As it is where that takes longer. */
function lookUntilExplored(
  client: Client,
  image: ImageDetail,
  { timeoutSeconds, tell }: ImagePatience & { readonly timeoutSeconds: number },
): Promise<ImageDetail> {
  const beganMs = Date.now();
  let toldMs = -Infinity;
  return lookUntil(client, image, 'layers', timeoutSeconds, () => {
    if (Date.now() < toldMs + TELL_EVERY_MS) return;
    toldMs = Date.now();
    const waited = formatDuration(toldMs - beganMs);
    tell(`Waiting for the layers of ${oneLine(image.manifest_digest)} (${waited} so far): ${WHY_LONG}.`);
  });
}

function notExplored({ manifest_digest: digest }: ImageDetail, timeoutSeconds: number): CommandFailure {
  const waited = formatDuration(timeoutSeconds * 1000);
  return new CommandFailure('unavailable', {
    message: `Kiln has not looked into the layers of ${digest} within ${waited}: ${WHY_LONG}.`,
    fix: 'See whether the registry answers, then repeat the command; --timeout gives it more time. The log of the controller names what failed.',
    exitCode: EXIT.timeout,
  });
}

/**
 * The image once there is a bill of materials or a scan of it, or could not be one; throws `unavailable` where that takes longer than the patience
 * (15 minutes unless said otherwise).
 */
export async function waitUntilInspected(
  client: Client,
  image: ImageDetail,
  what: 'sbom' | 'scan',
  timeoutSeconds = PATIENCE_SECONDS,
): Promise<ImageDetail> {
  const now = await lookUntil(client, image, what, timeoutSeconds);
  if (isAwaited(now, what)) throw notInspected(image, what, timeoutSeconds);
  return now;
}

/** The same; what could not be made is tried again. */
export async function waitForInspection(
  client: Client,
  image: ImageDetail,
  what: 'sbom' | 'scan',
  timeoutSeconds?: number,
): Promise<ImageDetail> {
  const now = image[what].state === 'failed' ? await read(client, image.id, what) : image;
  return waitUntilInspected(client, now, what, timeoutSeconds);
}

type WaitedFor = 'layers' | 'sbom' | 'scan';

/** Looks until it is there, or could not be; the image as it is where that takes longer. `onWait` is called after each answer that it is not. */
async function lookUntil(
  client: Client,
  image: ImageDetail,
  what: WaitedFor,
  timeoutSeconds: number,
  onWait: () => void = () => undefined,
): Promise<ImageDetail> {
  const deadlineMs = Date.now() + timeoutSeconds * 1000;
  let now = image;
  while (isAwaited(now, what)) {
    const leftSeconds = Math.ceil((deadlineMs - Date.now()) / 1000);
    if (leftSeconds <= 0) break;
    now = await read(client, image.id, what, Math.min(WAIT_SECONDS, leftSeconds));
    if (isAwaited(now, what)) onWait();
  }
  return now;
}

function isAwaited(image: ImageDetail, what: WaitedFor): boolean {
  const { state } = what === 'layers' ? image.exploration : image[what];
  return state === 'pending' && image.exploration.requested_at !== null;
}

function notInspected(
  { manifest_digest: digest }: ImageDetail,
  what: 'sbom' | 'scan',
  timeoutSeconds: number,
): CommandFailure {
  const done = what === 'sbom' ? 'made the bill of materials of' : 'scanned';
  return new CommandFailure('unavailable', {
    message: `Kiln has not ${done} ${digest} within ${formatDuration(timeoutSeconds * 1000)}: ${WHY_LONG}.`,
    fix: 'See whether the registry answers, then repeat the command; --timeout gives it more time. The log of the controller names what failed.',
    exitCode: EXIT.timeout,
  });
}

/** The image once its files and packages are known, or could not be; as it is where its bill of materials takes too long. */
export async function waitUntilComparable(
  client: Client,
  image: ImageDetail,
  patience: ImagePatience,
): Promise<ImageDetail> {
  const explored = await waitUntilExplored(client, image, patience);
  return lookUntil(client, explored, 'sbom', COMPARISON_PATIENCE_SECONDS);
}

/** The same; as it is where its layers take too long, too. */
export async function lookUntilComparable(
  client: Client,
  image: ImageDetail,
  tell: ImagePatience['tell'],
): Promise<ImageDetail> {
  const timeoutSeconds = COMPARISON_PATIENCE_SECONDS;
  const now = await lookUntilExplored(client, image, { timeoutSeconds, tell });
  return isAwaited(now, 'layers') ? now : lookUntil(client, now, 'sbom', timeoutSeconds);
}

function read(
  client: Client,
  image: string,
  waitFor?: WaitedFor,
  waitSeconds = WAIT_SECONDS,
): Promise<ImageDetail> {
  const query =
    waitFor === undefined ? {} : { query: { wait_seconds: String(waitSeconds), wait_for: waitFor } };
  return client.call(getImage, { params: { image }, ...query });
}
