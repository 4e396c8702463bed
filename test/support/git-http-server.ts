import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** One request as the server saw it. */
export interface SeenRequest {
  readonly url: string;
  readonly authorization: string | null;
}

/** git's own HTTP server (git http-backend) for the repositories of a folder, on a free loopback port. */
export class GitHttpServer {
  readonly seen: SeenRequest[] = [];
  /** `user:password` that is asked for; null for a public server. */
  credentials: string | null = null;
  /** The protocol version to speak, whatever the client asks for; null leaves it to the client. */
  protocol: string | null = null;
  /** Answers a request itself; true when it did. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #backend = path.join(
    execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(),
    'git-http-backend',
  );
  #server: Server | null = null;

  constructor(private readonly root: string) {}

  get host(): string {
    return `127.0.0.1:${(this.#server!.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => this.#answer(request, response));
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const authorization = request.headers.authorization ?? null;
    this.seen.push({ url: request.url ?? '', authorization });
    if (this.intercept(request, response)) return;
    const expected =
      this.credentials === null ? null : `Basic ${Buffer.from(this.credentials).toString('base64')}`;
    if (expected !== null && authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    this.#backendAnswers(request, response);
  }

  #backendAnswers(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    const child = spawn(this.#backend, [], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: this.root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        PATH_INFO: decodeURIComponent(url.pathname),
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: this.protocol ?? String(request.headers['git-protocol'] ?? ''),
        REMOTE_USER: 'test',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(child.stdin);
    child.stdin.on('error', () => {});
    response.on('close', () => child.kill());
    relayCgi(child.stdout, response);
  }
}

/** Reads the header lines of a CGI answer and passes the rest on. */
function relayCgi(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  let isBody = false;
  output.on('data', (bytes: Buffer) => {
    if (isBody) return void response.write(bytes);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    isBody = true;
    const headers = Object.fromEntries(
      head
        .toString('utf8', 0, end)
        .split('\r\n')
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const { Status = '200', ...others } = headers;
    response.writeHead(Number.parseInt(Status, 10), others);
    response.write(head.subarray(end + 4));
  });
  output.on('end', () => response.end());
}
