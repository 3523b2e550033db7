import {expect} from 'chai';
import * as utilities from 'holdfast/utilities';
import {ScriptError} from 'holdfast/utilities';
import {Redis} from 'ioredis';
import {startProxy} from '../redis/proxy.js';
import {until} from '../until.js';
import {calls} from './calls.js';
import {onEachServer, skip} from './servers.js';

const neverWrongType = new Set(['acquireLockWithInfo', 'setIfNotExistsWithTTL']);
const writesOnlyWhatIsThere = new Set(['extendLock', 'releaseLock', 'listPopWithMinSize']);
const neverWrites = new Set(['hashGetWithDefaults']);

async function scriptErrorOf(outcome: Promise<unknown>): Promise<ScriptError> {
  const reason: unknown = await outcome.then(
    () => expect.fail('it was resolved'),
    (error: unknown) => error,
  );
  expect(reason).to.be.an.instanceOf(ScriptError);
  return reason as ScriptError;
}

/** Counts what is sent, and can break the connection. */
function counting(redis: Redis): {client: utilities.ScriptClient; sent: string[]} {
  const sent: string[] = [];
  const client = {
    send: (command: string, args: string[]) => {
      sent.push(command);
      return redis.call(command, ...args);
    },
  };
  return {client, sent};
}

describe('errors of the server', () => {
  onEachServer((server) => {
    for (const [script, {key, call}] of Object.entries(calls)) {
      if (neverWrongType.has(script)) continue;
      it(`are WRONGTYPE for ${script} on a key of another type, which is left alone`, async () => {
        await server.redis.xadd(key, '1-1', 'f', 'v');
        await server.redis.pexpire(key, 60_000);

        const error = await scriptErrorOf(call(server.redis));

        expect(error).to.include({name: 'ScriptError', code: 'WRONGTYPE', script});
        expect(error.cause).to.be.an.instanceOf(Error);
        expect(error.message).to.match(/^\w+: WRONGTYPE Operation .+ wrong kind of value$/);
        expect(await server.redis.xlen(key)).to.equal(1);
        expect(await server.redis.pttl(key)).to.be.within(59_000, 60_000);
      });
    }

    it('are NOPERM where a user may not run scripts', async () => {
      const user = `u${process.pid}`;
      await server.redis.call('ACL', 'SETUSER', user, 'on', '>pw', '~*', '+@all', '-@scripting');
      const redis = new Redis(server.url, {username: user, password: 'pw'});
      try {
        const error = await scriptErrorOf(utilities.releaseLock(redis, 'k', 't'));
        expect(error).to.include({code: 'NOPERM', script: 'releaseLock'});
      } finally {
        redis.disconnect();
        await server.redis.call('ACL', 'DELUSER', user);
      }
    });

    it('are OOM when the memory is full, save for extending and releasing a lock', async function () {
      const own = await server.another({args: ['--maxmemory-policy', 'noeviction']});
      if (own === undefined) skip(this, 'the servers are not ours to start');
      const redis = new Redis(own.url);
      try {
        await redis.set('lock:mine', 't', 'PX', 5000);
        await redis.config('SET', 'maxmemory', '1');

        for (const [script, {call}] of Object.entries(calls)) {
          if (writesOnlyWhatIsThere.has(script) || neverWrites.has(script)) continue;
          expect(await scriptErrorOf(call(redis)), script).to.include({code: 'OOM', script});
        }
        expect(await redis.dbsize()).to.equal(1);
        expect(await utilities.extendLock(redis, 'mine', 't', 60_000)).to.equal(true);
        expect(await redis.pttl('lock:mine')).to.be.within(59_000, 60_000);
        expect(await utilities.releaseLock(redis, 'mine', 't')).to.equal(true);
        expect(await redis.exists('lock:mine')).to.equal(0);
      } finally {
        redis.disconnect();
        await own.stop();
      }
    });

    it('are READONLY on a replica', async function () {
      const own = await server.another({});
      if (own === undefined) skip(this, 'the servers are not ours to start');
      const redis = new Redis(own.url);
      try {
        await redis.set('lock:k', 't');
        await redis.rpush('list', 'a');
        await redis.replicaof('127.0.0.1', '1');

        for (const [script, {call}] of Object.entries(calls)) {
          if (neverWrites.has(script) || script === 'listPopWithMinSize') continue;
          expect(await scriptErrorOf(call(redis)), script).to.include({code: 'READONLY', script});
        }
        const pop = utilities.listPopWithMinSize(redis, 'list', 0);
        expect(await scriptErrorOf(pop)).to.include({code: 'READONLY'});
        expect(await redis.dbsize()).to.equal(2);
      } finally {
        redis.disconnect();
        await own.stop();
      }
    });

    it('that contain NOSCRIPT further on do not make a script run twice', async () => {
      await server.redis.set('k', '0');
      const manager = new utilities.ScriptManager(server.redis);
      manager.register(
        'fail',
        'redis.call("INCR", KEYS[1]) return redis.error_reply("OOPS NOSCRIPT No matching script")',
      );

      const error: unknown = await manager
        .exec('fail', ['k'], [])
        .catch((reason: unknown) => reason);

      expect((error as Error).message).to.match(/^OOPS NOSCRIPT/);
      expect(await server.redis.get('k')).to.equal('1');
    });

    for (const [script, {call}] of Object.entries(calls)) {
      it(`do not arise for ${script} when the script is unknown: it runs once`, async () => {
        await server.redis.script('FLUSH');
        const {client, sent} = counting(server.redis);

        const first = await call(client);
        const count = sent.length;
        await call(client);

        expect(first).not.to.be.an.instanceOf(Error);
        expect(sent.slice(0, count)).to.deep.equal(
          script === 'hashGetWithDefaults' ? ['HMGET'] : ['EVALSHA', 'EVAL'],
        );
        expect(sent, 'one command when it is known').to.have.lengthOf(count + 1);
      });
    }
  });
});

describe('errors that are none of the server', () => {
  const broken = [
    new Error('Connection is closed.'),
    new Error('Command timed out'),
    Object.assign(new Error('read ECONNRESET'), {code: 'ECONNRESET'}),
    new TypeError(''),
    'no error at all',
  ];

  for (const [script, {call}] of Object.entries(calls)) {
    it(`reach the caller of ${script} as they are, and nothing is sent again`, async () => {
      for (const reason of broken) {
        let sent = 0;
        const client = {
          send: async (): Promise<never> => {
            sent += 1;
            throw reason;
          },
        };

        expect(await call(client).catch((error: unknown) => error)).to.equal(reason);
        expect(sent).to.equal(1);
      }
    });
  }

  onEachServer((server) => {
    it('are those of a connection that is cut before the reply: it ran once', async () => {
      await using proxy = await startProxy(server.address);
      const {keyPrefix = ''} = server.redis.options;
      const redis = new Redis(proxy.url, {keyPrefix, retryStrategy: () => null});
      await utilities.incrementWithLimit(redis, 'n', 1, 9);
      proxy.drop('toClient');
      const {client, sent} = counting(redis);
      const call = utilities.incrementWithLimit(client, 'n', 1, 9);
      await until(async () => (await server.redis.get('n')) === '2');
      proxy.cut();

      const error: unknown = await call.catch((reason: unknown) => reason);

      expect(error).to.be.an('error').and.not.to.be.an.instanceOf(ScriptError);
      expect(sent).to.deep.equal(['EVALSHA']);
      expect(await server.redis.get('n')).to.equal('2');
    });
  });
});
