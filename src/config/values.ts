import { z } from 'zod';
import { parseNetwork } from '../domain/network/cidr.js';
import { parseCredentialHelper } from '../domain/network/credential-helper.js';
import { parseMirror } from '../domain/network/mirrors.js';

/* The kinds of values that variables take, each with what was expected when it is something else. */

export const text = z.string().min(1, 'expected a text');
export const port = z.coerce
  .number('expected a port')
  .int()
  .min(0)
  .max(65_535, 'expected a port from 0 to 65535');
export const milliseconds = z.coerce
  .number('expected milliseconds')
  .int('expected whole milliseconds')
  .min(100)
  .max(86_400_000);
export const databaseUrl = z
  .string('expected postgres://user:password@host:port/database')
  .regex(/^postgres(?:ql)?:\/\/.+/, 'expected postgres://user:password@host:port/database');
export const httpUrl = z.url({ protocol: /^https?$/, error: 'expected http(s)://host:port' });
export const registryHost = z
  .string()
  .regex(/^[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[a-z0-9._/-]+)?$/, 'expected host[:port], such as localhost:5000');
const list = z
  .string()
  .default('')
  .transform((items) => items.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])));
export const hostList = list.pipe(z.array(registryHost));
export const platformList = list.pipe(
  z.array(z.string().regex(/^linux\/[a-z0-9]+(?:\/v[0-9]+)?$/, 'expected platforms such as linux/arm64')),
);
export const networkList = list.pipe(
  z.array(
    z.string().transform((item, context) => {
      const network = parseNetwork(item);
      if (network === null)
        context.addIssue({ code: 'custom', message: 'expected networks such as 10.0.0.0/8,fd00::/8' });
      return network ?? z.NEVER;
    }),
  ),
);

export const helperList = list.pipe(
  z.array(
    z.string().transform((item, context) => {
      const helper = parseCredentialHelper(item);
      if (helper === null)
        context.addIssue({
          code: 'custom',
          message: 'expected registry=name, such as registry.example.com=ecr-login',
        });
      return helper ?? z.NEVER;
    }),
  ),
);

export const mirrorList = list.pipe(
  z.array(
    z.string().transform((item, context) => {
      const mirror = parseMirror(item);
      if (mirror === null)
        context.addIssue({
          code: 'custom',
          message: 'expected registry=mirror, such as docker.io=mirror.example.com:5000/hub',
        });
      return mirror ?? z.NEVER;
    }),
  ),
);
