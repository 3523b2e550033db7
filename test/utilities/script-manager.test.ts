import {expect} from 'chai';
import {type ScriptClient, ScriptManager} from 'holdfast/utilities';
import {createHash} from 'node:crypto';
import {onEachServer} from './servers.js';

type Sent = [command: string, ...args: string[]];

/** Answers with what is next in the list; an error is thrown. */
function answering(...answers: unknown[]): {client: ScriptClient; sent: Sent[]} {
  const sent: Sent[] = [];
  const client = {
    send: async (command: string, args: string[]): Promise<unknown> => {
      sent.push([command, ...args]);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return {client, sent};
}

const reasonOf = (outcome: Promise<unknown>): Promise<Error> =>
  outcome.then(
    () => expect.fail('it was resolved'),
    (error: Error) => error,
  );

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
const unknownScript = new Error('NOSCRIPT No matching script. Please use EVAL.');

describe('a ScriptManager', () => {
  it('sends EVALSHA, and EVAL only after NOSCRIPT', async () => {
    const {client, sent} = answering(1, unknownScript, 2);
    const manager = new ScriptManager(client);
    manager.register('s', 'return "é"');

    expect(await manager.exec('s', ['k'], ['a', 'b'])).to.equal(1);
    expect(await manager.exec('s', [], [])).to.equal(2);

    const sha = sha1('return "é"');
    expect(sent).to.deep.equal([
      ['EVALSHA', sha, '1', 'k', 'a', 'b'],
      ['EVALSHA', sha, '0'],
      ['EVAL', 'return "é"', '0'],
    ]);
  });

  it('sends no third command when EVAL fails with NOSCRIPT too', async () => {
    const {client, sent} = answering(unknownScript, unknownScript);
    const manager = new ScriptManager(client);
    manager.register('s', 'return 1');

    expect(await reasonOf(manager.exec('s', [], []))).to.equal(unknownScript);
    expect(sent).to.have.lengthOf(2);
  });

  for (const text of [
    'ERR NOSCRIPT',
    'OOPS NOSCRIPT No matching script',
    'Connection is closed.',
  ]) {
    it(`lets the error ${JSON.stringify(text)} through, and sends nothing again`, async () => {
      const error = new Error(text);
      const {client, sent} = answering(error);
      const manager = new ScriptManager(client);
      manager.register('s', 'return 1');

      expect(await reasonOf(manager.exec('s', [], []))).to.equal(error);
      expect(sent).to.have.lengthOf(1);
    });
  }

  it('replaces a script that is registered again', async () => {
    const {client, sent} = answering(1);
    const manager = new ScriptManager(client);
    manager.register('s', 'return 1');
    manager.register('s', 'return 2');

    await manager.exec('s', [], []);

    expect(sent).to.deep.equal([['EVALSHA', sha1('return 2'), '0']]);
  });

  it('does not know a script that was not registered', async () => {
    const manager = new ScriptManager(answering().client);

    for (const outcome of [manager.exec('miss', [], []), manager.load('miss')]) {
      const error = await reasonOf(outcome);
      expect(error).to.have.property('name', 'Error');
      expect(error.message).to.equal('Script not found: miss');
    }
  });

  it('refuses bad arguments, and sends nothing', async () => {
    const {client, sent} = answering();
    const manager = new ScriptManager(client);
    manager.register('s', 'return 1');

    expect(() => manager.register('', 'x')).to.throw(RangeError, /^register: name must be/);
    expect(() => manager.register('x', '')).to.throw(RangeError, /^register: script must be/);
    expect(() => manager.register(1 as never, 'x')).to.throw(TypeError, /^register: name must be/);
    expect(() => manager.register('x', null as never)).to.throw(TypeError, /^register: script/);
    for (const bad of [undefined, null, 'k', {}, [1], ['a', undefined]]) {
      const keys = await reasonOf(manager.exec('s', bad as never, []));
      expect(keys).to.be.an.instanceOf(TypeError);
      expect(keys.message).to.match(/^exec: keys/);
      const args = await reasonOf(manager.exec('s', [], bad as never));
      expect(args).to.be.an.instanceOf(TypeError);
      expect(args.message).to.match(/^exec: args/);
    }
    expect(() => new ScriptManager({} as never)).to.throw(TypeError);
    expect(sent).to.deep.equal([]);
  });

  it('shares one command among loads of a script at a time, and sends another one later', async () => {
    const {client, sent} = answering('x', 'x');
    const manager = new ScriptManager(client);
    manager.register('s', 'return 1');

    const all = await Promise.all([manager.load('s'), manager.load('s'), manager.loadAll()]);
    expect(all).to.deep.equal([sha1('return 1'), sha1('return 1'), undefined]);
    expect(sent).to.deep.equal([['SCRIPT', 'LOAD', 'return 1']]);

    await manager.load('s');
    expect(sent).to.have.lengthOf(2);
  });

  it('forgets a load that failed', async () => {
    const error = new Error('NOPERM no SCRIPT LOAD for you');
    const manager = new ScriptManager(answering(error, 'x').client);
    manager.register('s', 'return 1');

    expect(await reasonOf(manager.load('s'))).to.equal(error);
    expect(await manager.load('s')).to.equal(sha1('return 1'));
  });

  it('forgets a load that failed before anything was sent', async () => {
    const answers = [new Error('not connected'), undefined];
    const manager = new ScriptManager({
      send: () => {
        const error = answers.shift();
        if (error !== undefined) throw error;
        return Promise.resolve('x');
      },
    });
    manager.register('s', 'return 1');

    expect((await reasonOf(manager.load('s'))).message).to.equal('not connected');
    expect(await manager.load('s')).to.equal(sha1('return 1'));
  });

  it('loads another text under the same name by itself', async () => {
    const {client, sent} = answering('x', 'x');
    const manager = new ScriptManager(client);
    manager.register('s', 'return 1');
    const first = manager.load('s');
    manager.register('s', 'return 2');

    expect(await Promise.all([first, manager.load('s')])).to.deep.equal([
      sha1('return 1'),
      sha1('return 2'),
    ]);
    expect(sent).to.have.lengthOf(2);
  });

  onEachServer((server) => {
    it('runs a script that the server knows, does not know, and knows no more', async () => {
      for (const client of Object.values(server.clients())) {
        server.freshKeys();
        await server.redis.script('FLUSH');
        const manager = new ScriptManager(client);
        manager.register('hit', 'return redis.call("INCR", KEYS[1])');

        expect(await manager.exec('hit', ['page:home'], [])).to.equal(1);
        expect(await manager.exec('hit', ['page:home'], [])).to.equal(2);
        await server.redis.script('FLUSH');
        expect(await manager.exec('hit', ['page:home'], [])).to.equal(3);
      }
    });

    it('loads all scripts under the SHA-1 that it computes itself', async () => {
      const manager = new ScriptManager(server.redis);
      const texts = ['return 1', 'return "é€😀"', '\nreturn 2\n'];
      for (const text of texts) manager.register(text, text);

      await manager.loadAll();

      expect(await server.redis.script('EXISTS', ...texts.map(sha1))).to.deep.equal([1, 1, 1]);
    });
  });
});
