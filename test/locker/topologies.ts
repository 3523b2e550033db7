import {Redis, type Cluster} from 'ioredis';

import {startCluster} from '../redis/start-cluster.js';
import {startRedisNodes} from '../redis/start-redis-nodes.js';
import {connectTo, type Place} from './place.js';

/** Servers that several tests share: each uses names of its own. */
export interface Topology {
  readonly place: Place;
  /** New clients for a locker; they are disconnected at the very end. */
  connect(): (Redis | Cluster)[];
  /** Connections to each of the servers, to look at what they have. */
  readonly direct: readonly Redis[];
}

let stops: (() => Promise<unknown>)[] = [];

/** Ends all servers that were started. Whoever needs them after that gets new ones. */
export async function stopTopologies(): Promise<void> {
  const all = stops;
  stops = [];
  await Promise.all(all.map((stop) => stop()));
}

async function start(kind: Place['kind'], count: number): Promise<Topology> {
  const servers = kind === 'cluster' ? await startCluster() : {nodes: await startRedisNodes(count)};
  const place = {kind, urls: servers.nodes.map(({url}) => url)};
  const clients = new Set<Redis | Cluster>();
  const direct = place.urls.map((url) => new Redis(url));
  stops.push(async () => {
    for (const client of [...clients, ...direct]) client.disconnect();
    await Promise.all(servers.nodes.map((server) => server.stop()));
  });
  return {
    place,
    direct,
    connect() {
      const made = connectTo(place);
      for (const client of made) clients.add(client);
      return made;
    },
  };
}

/** One way to lay the servers of a locker out. They are started once, by the first test that needs them. */
export class Layout {
  readonly name: string;
  readonly #start: () => Promise<Topology>;
  #topology: Promise<Topology> | undefined;

  constructor(name: string, kind: Place['kind'], count: number) {
    this.name = name;
    this.#start = () => start(kind, count);
  }

  get(): Promise<Topology> {
    this.#topology ??= this.#startOnce();
    return this.#topology;
  }

  #startOnce(): Promise<Topology> {
    stops.push(async () => {
      this.#topology = undefined;
    });
    return this.#start();
  }
}

export const oneNode: Layout = new Layout('one node', 'nodes', 1);

/** All ways in which the servers of a locker can be laid out. */
export const layouts: readonly Layout[] = [
  oneNode,
  new Layout('three nodes', 'nodes', 3),
  new Layout('five nodes', 'nodes', 5),
  new Layout('a Cluster of three masters', 'cluster', 3),
];
