import {usageError} from '../cli-error.js';

/** Where a node is, read from its url. */
export type Place = ServerPlace | SentinelPlace;

interface ServerPlace {
  readonly kind: 'server';
  /** For people: without a password. */
  readonly address: string;
  readonly url: string;
}

interface SentinelPlace {
  readonly kind: 'sentinel';
  readonly address: string;
  readonly options: {
    readonly sentinels: readonly {readonly host: string; readonly port: number}[];
    readonly name: string;
    readonly username?: string;
    readonly password?: string;
    readonly db?: number;
  };
}

const EXPECTED =
  'redis://host:port, rediss://host:port, unix:///path or redis+sentinel://host:port,host:port/name';

/**
 * Reads `redis://[user:password@]host[:port][/db]`, `rediss://…`, `unix:///path` or
 * `redis+sentinel://[user:password@]host[:port],host[:port]…/name[/db]`.
 *
 * @throws {CliError} when it is none of these. The message has no password in it.
 */
export function placeOf(url: string): Place {
  if (url.startsWith('redis+sentinel://')) return sentinelPlace(url);
  if (url.startsWith('unix:///')) {
    const path = url.slice('unix://'.length);
    return {kind: 'server', address: path, url: path};
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw usageError(`Expected the url of a Redis to be ${EXPECTED}, got ${masked(url)}`);
  }
  const {protocol, hostname, port, pathname} = parsed;
  const db = pathname === '/' ? '' : pathname;
  return {kind: 'server', address: `${protocol}//${hostname}:${port || 6379}${db}`, url};
}

/** The urls to use: those of the command line, else those of the environment, else the usual place. */
export function urlsOf(
  given: readonly string[],
  {REDIS_URLS, REDIS_URL}: Readonly<NodeJS.ProcessEnv>,
): readonly string[] {
  if (given.length > 0) return given;
  const fromEnv = (REDIS_URLS ?? REDIS_URL ?? '').trim();
  if (fromEnv === '') return ['redis://127.0.0.1:6379'];
  // The hosts behind one Sentinel url are separated by commas too.
  return fromEnv.split(/\s*,\s*(?=[\w+]+:\/\/)/);
}

function sentinelPlace(url: string): SentinelPlace {
  const {user, hosts, name, db} =
    /^redis\+sentinel:\/\/(?:(?<user>[^@/]*)@)?(?<hosts>[^@/]+)\/(?<name>[^/]+)(?:\/(?<db>\d+))?\/?$/.exec(
      url,
    )?.groups ?? {};
  if (hosts === undefined || name === undefined) {
    throw usageError(`Expected the url of a Sentinel to be ${EXPECTED}, got ${masked(url)}`);
  }
  const sentinels = hosts.split(',').map((host) => {
    const {hostname, port} = new URL(`redis://${host}`);
    return {host: hostname, port: Number(port || 26_379)};
  });
  const [username = '', password] = (user ?? '').split(':').map(decodeURIComponent);
  return {
    kind: 'sentinel',
    address: `redis+sentinel://${hosts}/${name}`,
    options: {
      sentinels,
      name,
      ...(username === '' ? {} : {username}),
      ...(password === undefined ? {} : {password}),
      ...(db === undefined ? {} : {db: Number(db)}),
    },
  };
}

const masked = (url: string): string => JSON.stringify(url.replace(/\/\/.*@/, '//…@'));
