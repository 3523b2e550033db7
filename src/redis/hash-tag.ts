/** A non-empty hash tag: all that a Redis Cluster looks at to place a key. */
const HASH_TAG = /^[^{]*\{[^}]+\}/;

/** Whether a key, or a channel, has a hash slot that others can share. */
export const hasTag = (key: string): boolean => key.includes('{') && HASH_TAG.test(key);

const FENCE = ':fence';
const ANNOUNCED = ':announced';
const LINE = ':waiting-line';
const LIVING = ':waiting-line:alive';

/** Whether the keys that belong to `key` can be made to live in its hash slot, and be no other lock's key. */
export const isPlaceable = (key: string): boolean =>
  hasTag(key) ? !isBeside(key) : !key.includes('}');

/** Whether a key stands beside a lock key, and is none itself. */
export const isBeside = (key: string): boolean =>
  hasTag(key) && [FENCE, ANNOUNCED, LINE, LIVING].some((what) => key.endsWith(what));

/** The part of a key by which a Redis Cluster places it. */
export const hashTagOf = (key: string): string =>
  /^[^{]*\{(?<tag>[^}]+)\}/.exec(key)?.groups?.['tag'] ?? key;

/** The key of the fence counter that stands beside a lock key. */
export const fenceKey = (key: string): string => beside(key, FENCE);

/**
 * The channel on which it is told that a lock key was released, or extended. It has no line break: where names differ by
 * nothing else, those who wait for one are told of the other too, which does no harm.
 */
export const releaseChannel = (key: string): string =>
  beside(key.includes('\n') ? key.replaceAll('\n', ' ') : key, ':released');

/** The key, and the channel, of what the holder of a lock key announces. */
export const announcedKey = (key: string): string => beside(key, ANNOUNCED);

/** How the channels begin on which lockers are told that a lock of theirs was freed by force. */
export const FORCED_CHANNELS = 'holdfast:forced:';

/** The channel of one locker. */
export const forcedChannel = (lockerId: string): string => FORCED_CHANNELS + lockerId;

/** The keys of the line in which callers wait for a lock key, and of who of them is alive. */
export const lineKeys = (key: string): readonly string[] => [
  beside(key, LINE),
  beside(key, LIVING),
];

/** A name of what belongs to a key, in the same hash slot. */
const beside = (key: string, what: string): string => `${hasTag(key) ? key : `{${key}}`}${what}`;
