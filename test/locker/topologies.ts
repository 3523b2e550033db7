import {Cluster, Redis} from 'ioredis';

import {startCluster} from '../redis/start-cluster.js';
import {startRedisNodes} from '../redis/start-redis-nodes.js';

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

export interface Topology extends AsyncDisposable {
  readonly place: Place;
  /** New clients for a locker; they are disconnected at the end. */
  connect(): (Redis | Cluster)[];
  /** Connections to each of the servers, to look at what they have. */
  readonly direct: readonly Redis[];
}

async function start(kind: Place['kind'], count: number): Promise<Topology> {
  const servers = kind === 'cluster' ? await startCluster() : {nodes: await startRedisNodes(count)};
  const place = {kind, urls: servers.nodes.map(({url}) => url)};
  const clients = new Set<Redis | Cluster>();
  const direct = place.urls.map((url) => new Redis(url));
  return {
    place,
    direct,
    connect() {
      const made = connectTo(place);
      for (const client of made) clients.add(client);
      return made;
    },
    async [Symbol.asyncDispose]() {
      for (const client of [...clients, ...direct]) client.disconnect();
      await Promise.all(servers.nodes.map((server) => server.stop()));
    },
  };
}

/** All ways in which the servers of a locker can be laid out. */
export const topologies: readonly {readonly name: string; start(): Promise<Topology>}[] = [
  {name: 'one node', start: () => start('nodes', 1)},
  {name: 'three nodes', start: () => start('nodes', 3)},
  {name: 'five nodes', start: () => start('nodes', 5)},
  {name: 'a Cluster of three masters', start: () => start('cluster', 3)},
];
