import {Cluster, Redis} from 'ioredis';

/** Where the nodes of a locker are: independent servers, or the masters of one Cluster. */
export interface Place {
  readonly kind: 'nodes' | 'cluster';
  readonly urls: readonly string[];
}

/** The clients of a locker on these servers. */
export function connectTo({kind, urls}: Place): (Redis | Cluster)[] {
  if (kind === 'nodes') return urls.map((url) => new Redis(url));
  const ports = urls.map((url) => ({host: '127.0.0.1', port: Number(new URL(url).port)}));
  return [new Cluster(ports)];
}
