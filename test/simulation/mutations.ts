import {Lease} from '#internal/lease/lease.js';
import {Tokens} from '#internal/lease/token.js';
import type {RedisClient} from 'holdfast';

import type {Mutation} from './mutation.js';

const BODY_OF_RAISE = '-- Lift the fence counters to';
const OWNER_IN_RAISE = "if redis.call('GET', KEYS[i]) ~= ARGV[2] then return 0 end";
export const COUNTER_IN_RAISE =
  "if tonumber(redis.call('GET', KEYS[n + i]) or '0') > tonumber(ARGV[i + 2]) then return 0 end";
const CLOCK_IN_ACQUIRE =
  'ARGV.floor = math.floor((time[1] * 1000 + math.floor(time[2] / 1000)) / 256) * 262144';
const OWNER_IN_EXTEND = "if redis.call('GET', KEYS[i]) ~= ARGV[4] then return 0 end";
const LONGER_IN_EXTEND = "if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then";
const OWNER_IN_RELEASE = 'if values[k] == ARGV[a] then';

/** The parts of scripts that mutations change, which must be found in them. */
export const PARTS: Readonly<Record<string, readonly string[]>> = {
  acquire: [CLOCK_IN_ACQUIRE],
  extend: [OWNER_IN_EXTEND, LONGER_IN_EXTEND],
  raise: [BODY_OF_RAISE, OWNER_IN_RAISE, COUNTER_IN_RAISE],
  release: [OWNER_IN_RELEASE],
};

/** A client whose scripts have something else in the place of a part. */
const replacing =
  (part: string, by: string) =>
  (client: RedisClient): RedisClient =>
    tapped(client, (command, args) => {
      const [text = '', ...rest] = args;
      const isText = command === 'EVAL';
      return client.send(command, isText ? [text.replaceAll(part, by), ...rest] : args);
    });

const tapped = (client: RedisClient, send: RedisClient['send']): RedisClient => ({
  send,
  listen: (channel, onMessage) => {
    if (client.listen === undefined) throw new TypeError('Expected the client to listen');
    return client.listen(channel, onMessage);
  },
});

/** Lets a node that has granted more count as one that has granted what the first one did. */
function countingLarger(clients: readonly RedisClient[]): readonly RedisClient[] {
  const firstFences = new Map<string, number>();
  return clients.map((client) =>
    tapped(client, async (command, args) => {
      const reply = await client.send(command, args);
      if (!Array.isArray(reply) || reply.length !== 2 || reply[0] !== 1) return reply;
      const [token = ''] = args.slice(-1);
      const first = firstFences.get(token) ?? Number(reply[1]);
      firstFences.set(token, first);
      return [1, Math.min(first, Number(reply[1]))];
    }),
  );
}

/** Counts the validity of a lease from the answer. */
function fromTheReply(): Mutation {
  let roundTripMs = 0;
  return {
    client: (link) =>
      tapped(link, async (command, args) => {
        const sentAt = performance.now();
        try {
          return await link.send(command, args);
        } finally {
          roundTripMs = performance.now() - sentAt;
        }
      }),
    patch() {
      const {prototype} = Lease;
      const confirm = Reflect.get(prototype, 'confirm');
      prototype.confirm = function later(node, sentAt, ttlMs) {
        confirm.call(this, node, sentAt + roundTripMs, ttlMs);
      };
      return {
        [Symbol.dispose]: () => {
          prototype.confirm = confirm;
        },
      };
    },
  };
}

function sameToken(this: Tokens): string {
  return `${this.lockerId}.0000000000000000`;
}

/** Gives every attempt of a locker the same token. */
function oneToken(): Disposable {
  const {prototype} = Tokens;
  const next = Reflect.get(prototype, 'next');
  prototype.next = sameToken;
  return {
    [Symbol.dispose]: () => {
      prototype.next = next;
    },
  };
}

const contended = {
  nodes: 3,
  resources: 1,
  processes: 4,
  tasks: 2,
  ttlMs: 250,
  activeMs: 4000,
  faultEveryMs: 60,
} as const;

// Leases that end early, in the middle of messages that overtake each other, are what the rules of fences are for.
const restless = {
  ...contended,
  kind: 'forgetting',
  isCalm: true,
  faultEveryMs: 25,
  activeMs: 2000,
  delayMs: [0, 20],
  isUnordered: true,
  duplicateRate: 0.3,
} as const;

// Messages that are on their way for longer than others hold the lock.
const hasty = {
  ...restless,
  ttlMs: 1200,
  nodeTimeoutMs: 300,
  isHasty: true,
  activeMs: 6000,
  faultEveryMs: 15,
  delayMs: [0, 100],
  tasks: 1,
  duplicateRate: 0.9,
} as const;

/** Without it the rules must bear everything but the loss of a counter; with it their breach is rarer. */
const withoutClock = replacing(CLOCK_IN_ACQUIRE, 'ARGV.floor = 0');

const withoutClockAnd =
  (part: string, by: string) =>
  (client: RedisClient): RedisClient =>
    replacing(part, by)(withoutClock(client));

/** What a violation of one kind says. */
const FENCE = / has the fence /;
const ALONE = / holds \S+ while /;

/** Every rule that must not be relaxed, by its name. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'a fence is taken without RAISE': {
    finds: FENCE,
    wish: restless,
    client: withoutClockAnd(BODY_OF_RAISE, 'do return 1 end --'),
  },
  'RAISE is accepted without checking the owner': {
    finds: FENCE,
    wish: restless,
    client: withoutClockAnd(OWNER_IN_RAISE, ''),
  },
  'RAISE checks the owner but not the counter, and a command is sent again': {
    finds: FENCE,
    mostSeeds: 3000,
    wish: hasty,
    client: withoutClockAnd(COUNTER_IN_RAISE, ''),
  },
  'a grant above the fence counts as one': {
    finds: FENCE,
    wish: {...contended, kind: 'forgetting'},
    clients: countingLarger,
  },
  'a node loses its counter, and there is no clock part': {
    finds: FENCE,
    wish: {...contended, kind: 'forgetting', rollBackRate: 0},
    client: withoutClock,
  },
  'a node rolls back to an older counter, and there is no clock part': {
    finds: FENCE,
    wish: {...contended, kind: 'forgetting', rollBackRate: 1, faultEveryMs: 60},
    client: withoutClock,
  },
  'the clock part is behind what was already issued': {
    finds: FENCE,
    wish: {...contended, kind: 'forgetting', isSetBack: true},
  },
  'a quorum is half of the nodes': {
    finds: FENCE,
    wish: {...contended, nodes: 2, kind: 'kept'},
    clients: (clients, process) => clients.slice(process % 2, (process % 2) + 1),
  },
  'the validity is counted from the reply (case 6)': {
    finds: ALONE,
    wish: {...contended, kind: 'kept'},
    ...fromTheReply(),
  },
  'two attempts have one token (case 10)': {
    finds: ALONE,
    wish: {...contended, nodes: 1, kind: 'kept', faultEveryMs: 30, isUnordered: true},
    patch: oneToken,
  },
  'an extension brings a lock back (case 15)': {
    finds: /is extended/,
    wish: {...contended, kind: 'forgetting', isCalm: true, delayMs: [0, 3]},
    client: replacing(
      OWNER_IN_EXTEND,
      `redis.call('SET', KEYS[i], ARGV[4], 'PX', ARGV[2], 'NX') ${OWNER_IN_EXTEND}`,
    ),
  },
  'an extension shortens a lock (case 16)': {
    finds: ALONE,
    wish: {...contended, kind: 'kept'},
    client: replacing(LONGER_IN_EXTEND, 'if true then'),
  },
  "a release frees somebody else's lock (case 21)": {
    finds: ALONE,
    wish: {...contended, kind: 'kept'},
    client: replacing(OWNER_IN_RELEASE, 'if values[k] then'),
  },
};

/** What is like a mutation but breaks no rule: nobody must notice. */
export const CONTROLS: Readonly<Record<string, Mutation>> = {
  'no clock part, and no counter is lost': {
    finds: FENCE,
    wish: restless,
    client: withoutClock,
  },
  'leases end early while messages overtake each other': {wish: restless},
  'sections are shorter than messages take': {finds: FENCE, wish: hasty, client: withoutClock},
  'locks are deleted, and nothing else is wrong': {
    wish: {...contended, kind: 'forgetting', isCalm: true, delayMs: [0, 3]},
  },
};
