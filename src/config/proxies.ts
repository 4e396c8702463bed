import type { Proxies } from '../domain/network/proxy.js';
import { type FieldProblem, KilnError } from '../domain/errors.js';
import type { Environment } from './config-file.js';

const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** The variables of an environment that name proxies, in capitals and small letters. */
export function proxyVariables(environment: Environment): Environment {
  const names = NAMES.flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

/**
 * The proxies that the usual variables name, in capitals or small letters. Raises `config_invalid` for what is no http(s)
 * address, without its value: it may hold a password.
 */
export function readProxies(environment: Environment): Proxies {
  const read = (name: string): string | undefined =>
    environment[name] || environment[name.toLowerCase()] || undefined;
  const problems: FieldProblem[] = [];
  const address = (name: string): string | null => {
    const value = read(name);
    if (value === undefined) return null;
    const url = value.includes('://') ? value : `http://${value}`;
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
    problems.push({ field: name, message: 'expected http://host:port of a proxy' });
    return null;
  };
  const proxies = {
    http: address('HTTP_PROXY'),
    https: address('HTTPS_PROXY'),
    direct: (read('NO_PROXY') ?? '').split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()])),
  };
  if (problems.length === 0) return proxies;
  throw new KilnError('config_invalid', {
    message: `The configuration is not valid. ${problems.map(({ field, message }) => `${field}: ${message}`).join('; ')}.`,
    fields: problems,
  });
}
