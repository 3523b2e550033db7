import {flag, text, texts, type Option} from '../option.js';

export const REDIS: Option<readonly string[]> = texts({
  name: 'redis',
  short: 'r',
  placeholder: 'url',
  about:
    'a server; given several times, they vote (default: REDIS_URLS or REDIS_URL, else redis://127.0.0.1:6379)',
});

export const CLUSTER: Option<boolean> = flag({
  name: 'cluster',
  about: 'the urls are those of one Redis Cluster, which is a single node',
});

export const KEY_PREFIX: Option<string | undefined> = text({
  name: 'key-prefix',
  about: "what stands before a resource in its key (default: 'lock:')",
});

/** How Redis is found. */
export const CONNECTION: readonly Option<unknown>[] = [REDIS, CLUSTER, KEY_PREFIX];
