import {Redis} from 'ioredis';

/** @throws when no Redis answers there */
export async function ping(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 2000,
  });
  // What it would tell a listener, the promises below tell as well.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } catch (cause) {
    throw new Error(`No Redis answers at ${new URL(url).host}`, {cause});
  } finally {
    redis.disconnect();
  }
}
