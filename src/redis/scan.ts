import type {RedisClient} from './client.js';

// A server is held up for well below a millisecond by each step.
const KEYS_PER_STEP = '500';

/** Names the keys of a server that hold a string and begin with a text: some in each step, and some more than once. */
export async function* scan(
  send: RedisClient['send'],
  prefix: string,
): AsyncGenerator<readonly string[], void, undefined> {
  const pattern = `${prefix.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)}*`;
  let cursor = '0';
  do {
    const options = ['MATCH', pattern, 'COUNT', KEYS_PER_STEP, 'TYPE', 'string'];
    const reply = await send('SCAN', [cursor, ...options]);
    const [next, keys] = Array.isArray(reply) ? reply : [];
    if (!Array.isArray(keys)) throw new Error('the answer names no keys');
    cursor = String(next);
    yield keys.map(String);
  } while (cursor !== '0');
}
