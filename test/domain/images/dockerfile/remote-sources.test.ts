import { judgeSources } from '../../../../src/domain/images/dockerfile/judge-sources.js';
import { remoteSourcesOf } from '../../../../src/domain/images/dockerfile/remote-sources.js';
import { parseNetwork } from '../../../../src/domain/network/cidr.js';

/** The servers that a stage with these instructions names, as `scheme host port`. */
function hostsOf(instructions: string, buildArgs: Record<string, string> = {}): string[] {
  const { sources } = remoteSourcesOf(`FROM scratch\n${instructions}`, buildArgs);
  return sources.map(({ scheme, host, port }) => `${scheme} ${host} ${port}`);
}

describe('the remote sources of a Dockerfile', () => {
  test.each<[string, string, string[]]>([
    ['a file', 'ADD https://Example.com/a.tgz /', ['https example.com 443']],
    ['a file at a port', 'ADD http://127.0.0.1:7233/ /x', ['http 127.0.0.1 7233']],
    ['an IPv6 address', 'ADD http://[::1]:80/a /x', ['http ::1 80']],
    ['git over https', 'ADD https://example.com/team/app.git#main:src /src', ['https example.com 443']],
    ['git over ssh', 'ADD ssh://git@example.com:2222/app.git /src', ['ssh example.com 2222']],
    ['git in the short form of ssh', 'ADD git@example.com:team/app.git /src', ['ssh example.com 22']],
    ['git over its own protocol', 'ADD git://10.0.0.1/app.git /src', ['git 10.0.0.1 9418']],
    ['a scheme in capitals', 'add HTTPS://10.0.0.1/a.git /x', ['https 10.0.0.1 443']],
    [
      'the JSON form',
      'ADD ["https://a.example/1", "https://b.example/2", "/x/"]',
      ['https a.example 443', 'https b.example 443'],
    ],
    [
      'several and flags',
      'ADD --chown=1:1 --checksum=sha256:00 a https://b.example/2 /x/',
      ['https b.example 443'],
    ],
    ['a continued line', 'ADD \\\n  # why\n  https://b.example/2 \\\n  /x/', ['https b.example 443']],
    ['ONBUILD', 'ONBUILD ADD --link http://10.0.0.1/a /x', ['http 10.0.0.1 80']],
    ['files of the context', 'ADD a ./b github.com/team/app.git http:/x /y/', []],
    ['the text of a here-document', 'ADD <<EOF /x\nADD http://10.0.0.1/ /y\nEOF', []],
    ['what RUN and COPY name', 'RUN curl http://10.0.0.1/\nCOPY a /x', []],
  ])('are found in %s', (_what, instructions, expected) => {
    expect(hostsOf(instructions)).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    ['ARG', 'ARG HOST=a.example\nADD https://$HOST/x /', ['https a.example 443']],
    ['ARG without a value', 'ARG GIVEN\nADD http://${GIVEN}/x /', ['http given.example 80']],
    ['ENV', 'ENV A=10.0.0.1 B=x\nADD http://$A/$B /', ['http 10.0.0.1 80']],
    ['ENV in the old form', 'ENV URL http://10.0.0.1/x\nADD $URL /', ['http 10.0.0.1 80']],
    ['quotes', 'ADD "ht"tp://10.0.0.1/x /', ['http 10.0.0.1 80']],
    ['a default', 'ADD http://${NONE:-10.0.0.1}/x /', ['http 10.0.0.1 80']],
    [
      'the stage below',
      'ENV A=10.0.0.1\nFROM scratch AS b\nENV A=10.0.0.2\nFROM b\nADD http://$A/x /',
      ['http 10.0.0.2 80'],
    ],
    [
      'what only the builder knows, behind the host',
      'ARG TARGETARCH\nADD https://a.example/$TARGETARCH/x /',
      ['https a.example 443'],
    ],
    [
      'a form that is not read, behind the host',
      'ARG V=v1\nADD https://a.example/${V/v/w} /',
      ['https a.example 443'],
    ],
  ])('are found by way of %s', (_what, instructions, expected) => {
    expect(hostsOf(instructions, { GIVEN: 'given.example' })).toEqual(expected);
  });

  test.each([
    ['ARG TARGETARCH\nADD https://$TARGETARCH.example/x /', /host only the builder would know/],
    ['ADD https://user:word@a.example/x /', /user name or password/],
    ['ADD https://word@a.example/app.git /', /user name or password/],
    ['ADD http://a.example:port/x /', /cannot be read/],
    ['ADD http://a%2eb/x /', /cannot be read/],
    ['ADD http:///x /', /cannot be read/],
  ])('are refused where nobody can judge the host: %s', (instructions, why) => {
    const { problems } = remoteSourcesOf(`FROM scratch\n${instructions}`, {});

    expect(problems).toMatchObject([{ message: expect.stringMatching(why) }]);
  });
});

test.each([
  ['sources', `FROM scratch\n${'ADD https://a.example/x /\n'.repeat(30_000)}`],
  ['words of one ADD', `FROM scratch\nADD ${'https://a.example/x \\\n'.repeat(30_000)} /\n`],
  ['files of the context', `FROM scratch\n${'ADD x /\n'.repeat(100_000)}`],
  [
    'stages that hand on variables',
    `FROM scratch AS a\n${'ENV '}${Array.from({ length: 20_000 }, (_, at) => `A${at}=1`).join(' ')}\n${'FROM a AS a\n'.repeat(40_000)}`,
  ],
])('a file of very many %s is judged in little time', (_what, text) => {
  const before = process.cpuUsage();

  remoteSourcesOf(text, {});

  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2_000);
});

describe('the addresses that a Dockerfile names', () => {
  test.each([
    '127.0.0.1',
    'localhost',
    '169.254.169.254',
    '10.1.2.3',
    '[::1]',
    '[fd00::1]',
    '[::ffff:10.0.0.1]',
  ])('%s is refused with its place and the remedy', (host) => {
    const judge = () => judgeSources(`FROM scratch\nADD  http://${host}/x /`, {}, []);

    expect(judge).toThrow(
      expect.objectContaining({
        code: 'host_not_allowed',
        message: expect.stringMatching(/line 2, column 6: .*KILN_ALLOWED_NETWORKS/),
      }),
    );
  });

  test('may lie in a network that the operator permits', () => {
    const sources = judgeSources('FROM scratch\nADD http://10.1.2.3/x /', {}, [parseNetwork('10.1.0.0/16')!]);

    expect(sources).toMatchObject([{ host: '10.1.2.3' }]);
  });
});

test('what is said of an address with a password does not have it', () => {
  const { problems } = remoteSourcesOf('FROM busybox\nADD https://au:J0f"x@IXQ@h.example.org/f /x\n', {});
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^ADD reads from "https:\/\/\*\*\*@h\.example\.org\/f", which holds a user name/),
  ]);
});
