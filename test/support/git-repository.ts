import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada Example',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada Example',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** Runs git in a folder of a test and gives its output. */
export function git(folder: string, ...args: string[]): string {
  const config = ['-c', 'protocol.file.allow=always', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...config, ...args], {
    cwd: folder,
    env: ENVIRONMENT,
    encoding: 'utf8',
  }).trim();
}

/** A repository with a work tree, to be served as `<name>`. */
export class Repository {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    git(folder, 'init', '--quiet');
  }

  /** Writes files and commits them; gives the commit's id. */
  commit(files: Readonly<Record<string, string | Buffer>>, message = 'A change'): string {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    git(this.folder, 'add', '--all');
    git(this.folder, 'commit', '--quiet', '--allow-empty', '-m', message);
    return git(this.folder, 'rev-parse', 'HEAD');
  }

  git(...args: string[]): string {
    return git(this.folder, ...args);
  }
}
