import {Cluster, Redis} from 'ioredis';

import {usageError} from '../cli-error.js';
import type {Place} from './place.js';

/** One node as this program sees it. */
export interface Peer {
  /** For people: without a password. */
  readonly address: string;
  readonly client: Redis | Cluster;
}

interface CommonOptions {
  readonly lazyConnect: boolean;
  readonly connectTimeout: number;
  readonly disconnectTimeout: number;
  readonly maxRetriesPerRequest: number;
}

/** Makes a client for each server, or one for all of them when they are a Cluster. None connects yet. */
export function makePeers(
  places: readonly Place[],
  {isCluster, connectTimeoutMs}: {readonly isCluster: boolean; readonly connectTimeoutMs: number},
): readonly Peer[] {
  const common = {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    // Also runs after a connection that was refused, and would keep this program from ending.
    disconnectTimeout: 100,
    maxRetriesPerRequest: 0,
  };
  if (!isCluster) {
    return places.map((place) => ({address: place.address, client: clientOf(place, common)}));
  }
  const address = places.map((place) => place.address).join(', ');
  return [{address, client: clusterOf(places, connectTimeoutMs)}];
}

function clientOf(place: Place, common: CommonOptions): Redis {
  if (place.kind === 'server') return new Redis(place.url, common);
  const {sentinels, ...options} = place.options;
  return new Redis({...common, ...options, sentinels: [...sentinels]});
}

function clusterOf(places: readonly Place[], connectTimeout: number): Cluster {
  const urls = places.map((place) => (place.kind === 'server' ? place.url : ''));
  const nodes = urls.flatMap((url) => (URL.canParse(url) ? [new URL(url)] : []));
  const [first] = nodes;
  if (first === undefined || nodes.length < places.length) {
    throw usageError('Expected the urls of a Cluster to be redis:// or rediss://');
  }
  return new Cluster(
    nodes.map(({hostname, port}) => ({host: hostname, port: Number(port || 6379)})),
    {
      lazyConnect: true,
      redisOptions: {
        connectTimeout,
        ...(first.username === '' ? {} : {username: decodeURIComponent(first.username)}),
        ...(first.password === '' ? {} : {password: decodeURIComponent(first.password)}),
        ...(first.protocol === 'rediss:' ? {tls: {}} : {}),
      },
    },
  );
}
