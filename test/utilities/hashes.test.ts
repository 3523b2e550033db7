import {expect} from 'chai';
import * as utilities from 'holdfast/utilities';
import {onEachServer, skip} from './servers.js';

describe('the hash utilities', () => {
  it('send nothing for defaults without fields', async () => {
    const client = {send: (): Promise<never> => expect.fail('something was sent')};

    expect(await utilities.hashGetWithDefaults(client, 'h', {})).to.deep.equal({});
  });

  onEachServer((server) => {
    it('read fields of any name', async () => {
      const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '0'];
      const defaults = JSON.parse(
        `{${names.map((name) => `${JSON.stringify(name)}: "default"`).join(', ')}}`,
      ) as Record<string, string>;

      for (const client of Object.values(server.clients())) {
        server.freshKeys();
        const read = await utilities.hashGetWithDefaults(client, 'h', defaults);
        expect(Object.entries(read)).to.deep.equal(Object.entries(defaults));

        for (const name of names) await server.redis.hset('h', name, 'stored');
        const again = await utilities.hashGetWithDefaults(client, 'h', defaults);
        expect(Object.keys(again)).to.have.members(names);
        expect(Object.values(again)).to.deep.equal(names.map(() => 'stored'));
        expect(Object.getPrototypeOf(again)).to.equal(Object.prototype);
      }
    });

    it('leave the defaults alone, and take those without a prototype', async () => {
      await server.redis.hset('h', 'f', 'stored');
      const defaults: Record<string, string> = Object.freeze(
        Object.assign(Object.create(null), {f: 'default'}),
      );

      expect(await utilities.hashGetWithDefaults(server.redis, 'h', defaults)).to.deep.equal({
        f: 'stored',
      });
      expect(defaults['f']).to.equal('default');
    });

    it('read more fields than Lua could unpack', async () => {
      const names = Array.from({length: 20_000}, (_, index) => `f${index}`);
      await server.redis.hset('h', 'f19999', 'stored');

      const read = await utilities.hashGetWithDefaults(
        server.redis,
        'h',
        Object.fromEntries(names.map((name) => [name, 'default'])),
      );

      expect(Object.keys(read)).to.have.lengthOf(20_000);
      expect(read).to.include({f0: 'default', f19999: 'stored'});
    });

    it('keep the time to live of a field that is counted, and drop that of one that is set', async function () {
      await server.redis.hset('h', 'counted', '1', 'set', '1');
      const known = await server.redis
        .call('HPEXPIRE', 'h', '60000', 'FIELDS', '2', 'counted', 'set')
        .then(
          () => true,
          () => false,
        );
      if (!known) skip(this, 'this server has no time to live for fields');

      const bounds = {min: 0, max: 9};
      await utilities.hashIncrWithBounds(server.redis, 'h', 'counted', 1, bounds);
      await utilities.hashIncrWithBounds(server.redis, 'h', 'counted', 99, bounds);
      await utilities.hashSetIfGreater(server.redis, 'h', 'set', 2);

      const [counted, set] = (await server.redis.call(
        ...(['HPTTL', 'h', 'FIELDS', '2', 'counted', 'set'] as const),
      )) as number[];
      expect(counted).to.be.within(59_000, 60_000);
      expect(set).to.equal(-1);
    });
  });
});
