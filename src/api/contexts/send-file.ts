import type { Request, Response } from 'express';
import { KilnError } from '../../domain/errors.js';

/** Sends a file, or the range of it that the request asks for. A client that leaves is no error. `range_not_satisfiable`. */
export async function sendFile(request: Request, response: Response, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    response.sendFile(
      path,
      // The folder of the state may begin with a dot. The digest says what the file is, not when it was written.
      { dotfiles: 'allow', lastModified: false, cacheControl: false },
      (error?: Error & { status?: number }) => {
        if (error === undefined || error === null || request.destroyed || response.destroyed) resolve();
        else reject(error.status === 416 ? new KilnError('range_not_satisfiable') : error);
      },
    );
  });
}
