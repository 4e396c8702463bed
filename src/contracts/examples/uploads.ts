import type { ContentProgress, Upload } from '../uploads.js';
import { at, UPLOAD_ID } from './names.js';

const DOCKERFILE = 'FROM scratch\nCOPY hello.txt /\n';
export const HELLO = 'hello\n';
const DOCKERFILE_SHA256 = '95d0bdbff3a7134af709950152de573c3587bcdb198bdb6d4bed52ea628b346f';
export const HELLO_SHA256 = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';

/** A context of two files, as its list says it. */
export const LIST = [
  `{"path":"Dockerfile","kind":"file","mode":420,"mtime":1777888800,"size":30,"sha256":"${DOCKERFILE_SHA256}"}\n`,
  `{"path":"hello.txt","kind":"file","mode":420,"mtime":1777888800,"size":6,"sha256":"${HELLO_SHA256}"}\n`,
].join('');
export const LIST_SHA256 = 'abcd26f417882ec91a901e012f10f51b0212e140dae6b11d8ca4770caefa49ee';

/** The body of addContents. */
export const CONTENTS = `${DOCKERFILE_SHA256} 30\n${DOCKERFILE}`;

export const UPLOAD: Upload = {
  id: UPLOAD_ID,
  sha256: LIST_SHA256,
  size_bytes: 36,
  entry_count: 2,
  missing: [DOCKERFILE_SHA256, HELLO_SHA256],
  created_at: at(-30),
};

export const PROGRESS: ContentProgress = {
  sha256: HELLO_SHA256,
  size_bytes: 6,
  offset_bytes: 0,
  stored: false,
};
