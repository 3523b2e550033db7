import type {Cluster, Redis} from 'ioredis';

/** Counts the commands that these clients send from now on. */
export function callsFrom(clients: readonly (Redis | Cluster)[]): () => number {
  let count = 0;
  for (const client of clients) {
    const call = client.call.bind(client) as (...args: string[]) => Promise<unknown>;
    client.call = (...args: unknown[]) => {
      count += 1;
      return call(...(args as string[]));
    };
  }
  return () => count;
}
