import type {Ask, LeaseScript} from '#internal/redis/ask.js';

/** Something to ask of a node whose answer is given back as it is. */
export const plainAsk = (
  script: LeaseScript,
  name: string,
  args: readonly string[],
  timeoutMs = 1000,
  unless: {readonly isFreed: boolean} = {isFreed: false},
): Ask<unknown> => ({
  script,
  keys: [name, `{${name}}:fence`],
  args,
  timeoutMs,
  unless,
  read: (reply) => reply,
});
