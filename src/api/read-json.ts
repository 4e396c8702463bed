import express, { type Request, type Response } from 'express';
import { KilnError } from '../domain/errors.js';

const MAX_NESTING = 64;

/** Reads a JSON body of limited size and nesting. Raises invalid_json, json_too_large or invalid_request. */
export function jsonReader(maxBytes: number): (request: Request, response: Response) => Promise<unknown> {
  const parse = express.json({
    limit: maxBytes,
    strict: true,
    type: 'application/json',
    verify: (_request, _response, bytes) => {
      if (bytes.length === 0) throw new KilnError('invalid_json');
      if (isNestedDeeper(bytes, MAX_NESTING)) {
        throw new KilnError('invalid_request', {
          message: `The body is nested deeper than ${MAX_NESTING} levels.`,
        });
      }
    },
  });
  return async (request, response) => {
    if (!request.is('application/json')) throw new KilnError('invalid_json');
    await new Promise<void>((resolve, reject) => {
      parse(request, response, (error?: unknown) => {
        if (error === undefined || error === null) resolve();
        else reject(isUndecodable(error, request) ? undecodable(error) : (error as Error));
      });
    });
    return request.body as unknown;
  };
}

/** What the parser refuses itself has a type; what a decompressor refuses has none. */
function isUndecodable(error: unknown, request: Request): boolean {
  const isOurs = error instanceof KilnError || (error as { type?: unknown }).type !== undefined;
  return !isOurs && request.headers['content-encoding'] !== undefined;
}

function undecodable(cause: unknown): KilnError {
  return new KilnError('invalid_json', {
    message: 'The body is not compressed as its content-encoding says.',
    cause,
  });
}

const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = Buffer.from('"\\{}[]');

/** Looks at the bytes before they are parsed: recursive code behind the parser must not meet a tower of brackets. */
function isNestedDeeper(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
  }
  return false;
}
