import {expect} from 'chai';
import {FencedResource, ScriptError} from 'holdfast/utilities';

import {rejectionOf} from '../rejection.js';
import {onEachServer} from './servers.js';

describe('a fenced resource', () => {
  onEachServer((server) => {
    it('takes writes in the order of their fences, of one fence any number, and none of a smaller one', async () => {
      for (const client of Object.values(server.clients())) {
        server.freshKeys();
        const resource = new FencedResource(client, 'r');
        const largest = Number.MAX_SAFE_INTEGER;

        const before = await resource.read();
        const stored = [
          await resource.write(9, 'a'),
          await resource.write(10, 'b'),
          await resource.write(10, ''),
          await resource.write(9, 'late'),
          await resource.write(largest, 'c'),
          await resource.write(largest - 1, 'late'),
        ];

        expect(before).to.equal(undefined);
        expect(stored).to.deep.equal([true, true, true, false, true, false]);
        expect(await resource.read()).to.deep.equal({value: 'c', fence: largest});
      }
    });

    it('is an error, and unchanged, where the key is no hash or the fence in it no number', async () => {
      await server.redis.set('text', 'x');
      await server.redis.hset('odd', 'fence', 'x');
      const text = new FencedResource(server.redis, 'text');
      const odd = new FencedResource(server.redis, 'odd');

      const errors = [
        await rejectionOf(text.write(1, 'a')),
        await rejectionOf(text.read()),
        await rejectionOf(odd.write(1, 'a')),
      ];

      expect(errors.every((error) => error instanceof ScriptError)).to.equal(true);
      expect(errors.map((error) => Reflect.get(Object(error), 'code'))).to.deep.equal([
        'WRONGTYPE',
        'WRONGTYPE',
        'NOTINTEGER',
      ]);
      expect(await server.redis.hgetall('odd')).to.deep.equal({fence: 'x'});
    });
  });

  it('refuses what is no fence, no value and no key before anything is sent', async () => {
    const client = {send: (): Promise<never> => expect.fail('something was sent')};
    const resource = new FencedResource(client, 'r');

    for (const fence of [-1, 1.5, Number.NaN, Infinity, 2 ** 53]) {
      expect(await rejectionOf(resource.write(fence, 'a')), `${fence}`).to.be.an.instanceOf(
        RangeError,
      );
    }
    for (const [fence, value] of [
      ['1', 'a'],
      [1, 2],
      [1, undefined],
    ] as unknown as [number, string][]) {
      expect(await rejectionOf(resource.write(fence, value))).to.be.an.instanceOf(TypeError);
    }
    expect(() => new FencedResource(client, '')).to.throw(RangeError);
    expect(() => new FencedResource(client, 1 as unknown as string)).to.throw(TypeError);
  });
});
