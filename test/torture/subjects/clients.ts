import {Redis as Redis5} from 'ioredis5';

/** Clients as the peers know them, which reconnect soon. */
export function clientsOf(urls: readonly string[]): Redis5[] {
  return urls.map((url) => {
    const client = new Redis5(url, {retryStrategy: () => 50});
    client.on('error', () => {});
    return client;
  });
}

export function disconnect(clients: readonly Redis5[]): void {
  for (const client of clients) client.disconnect();
}
