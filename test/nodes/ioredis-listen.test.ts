import {fromIoredis} from '#internal/redis/clients/ioredis.js';
import {expect} from 'chai';
import {Redis} from 'ioredis';
import {Redis as Redis5} from 'ioredis5';
import {once} from 'node:events';

import {flush} from '../flush.js';
import {newName} from '../locker/names.js';
import {at, Nodes} from '../locker/nodes.js';
import {ownServersOnly} from '../redis/own-servers-only.js';
import {until} from '../until.js';

for (const [version, Client] of [
  ['6', Redis],
  ['5', Redis5 as unknown as typeof Redis],
] as const) {
  describe(`listening with ioredis ${version}`, () => {
    let nodes: Nodes;

    before(ownServersOnly);

    before(async () => {
      nodes = await Nodes.start(1);
    });

    after(() => nodes?.stop());

    it('leaves no rejection to nobody when it stops while it subscribes again', async () => {
      const rejections: unknown[] = [];
      const note = (error: unknown): unknown => rejections.push(error);
      const proxy = nodes.proxy(0);
      const client = new Client(proxy.url, {retryStrategy: () => 5});
      const connections: Redis[] = [];
      const duplicate = client.duplicate.bind(client);
      client.duplicate = (override) => {
        const connection = duplicate(override);
        connections.push(connection);
        return connection;
      };
      const {heard, stop} = fromIoredis(client).listen?.(newName(), () => {}) ?? {};
      await heard;
      const connection = at(connections, 0);
      process.on('unhandledRejection', note);

      connection.disconnect(true);
      await once(connection, 'ready');
      // The answer to what is subscribed to again never comes.
      proxy.hold('toClient');
      stop?.();
      proxy.cut();
      await until(() => connection.status === 'end');
      await flush();
      process.off('unhandledRejection', note);
      client.disconnect();

      expect(rejections).to.deep.equal([]);
    });
  });
}
