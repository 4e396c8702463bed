import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What a Docker engine answers, by the pattern of a path. */
export type DockerAnswers = Record<string, { readonly status: number; readonly body: unknown }>;

/** Something that answers as a Docker engine does; `answers` may change meanwhile. What is not in it is not there. */
export interface FakeDocker {
  readonly address: string;
  answers: DockerAnswers;
  stop(): void;
}

export async function startFakeDocker(answers: DockerAnswers = {}): Promise<FakeDocker> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-'));
  const socket = path.join(folder, 's');
  const fake: FakeDocker = {
    address: `unix://${socket}`,
    answers,
    stop() {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://docker');
    const known = Object.entries(fake.answers).find(([at]) => new RegExp(`^/v1.41${at}$`).test(pathname));
    const { status, body } = known?.[1] ?? { status: 404, body: { message: 'no such thing' } };
    request.resume().on('end', () => response.writeHead(status).end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return fake;
}
