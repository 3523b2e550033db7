import {expect} from 'chai';
import {Locker, type Lock} from 'holdfast';
import {FencedResource} from 'holdfast/utilities';
import {Redis} from 'ioredis';
import initSqlJs from 'sql.js';

import type {RedisServer} from '../redis/redis-server.js';
import {startRedis} from '../redis/start-redis.js';
import {until} from '../until.js';
import {read} from './pages.js';
import {Postgres} from './postgres.js';

/** The statement of the page that is marked so: ```` ```sql row ````. */
function statement(mark: string): string {
  const found = new RegExp(`^\`\`\`sql ${mark}\\n(?<sql>[\\s\\S]*?)^\`\`\`$`, 'm').exec(
    read('docs/fencing.md'),
  );
  return found?.groups?.['sql'] ?? expect.fail(`the page has no statement "${mark}"`);
}

type Value = string | number;

/** A database, as far as the recipes need one. */
interface Database {
  /** Runs one statement. Resolves to how many rows it has written. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
  /** The first column of the first row. */
  first(sql: string): Promise<unknown>;
  close(): Promise<void>;
}

async function sqlite(): Promise<Database> {
  const {Database: Sqlite} = await initSqlJs();
  const db = new Sqlite();
  return {
    run: async (sql, values = []) => {
      db.run(sql, [...values]);
      return db.getRowsModified();
    },
    first: async (sql) => db.exec(sql)[0]?.values[0]?.[0],
    close: async () => db.close(),
  };
}

async function postgres(): Promise<Database | undefined> {
  const server = await Postgres.start();
  return (
    server && {
      run: async (sql, values = []) => (await server.pool.query(sql, [...values])).rowCount ?? 0,
      first: async (sql) => {
        const {rows} = await server.pool.query<Record<string, unknown>>(sql);
        return Number(Object.values(rows[0] ?? {})[0]);
      },
      close: () => server.stop(),
    }
  );
}

const TABLES = [
  'create table account (id integer primary key, balance integer not null, fence bigint not null default 0)',
  'create table fences (resource text primary key, largest bigint not null)',
  'insert into account (id, balance) values (7, 0)',
];

describe('the recipes for fences', function () {
  this.timeout(60_000);

  let server: RedisServer;
  let locker: Locker;
  let redis: Redis;

  before(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    locker = new Locker(redis);
  });

  after(async () => {
    await locker.close();
    redis.disconnect();
    await server.stop();
  });

  /** A holder that was overtaken and does not know it, and the one who came after it. */
  async function overtaken(name: string): Promise<{readonly late: Lock; readonly next: Lock}> {
    const late = await locker.acquire(name, {ttlMs: 200, keepAlive: false});
    await until(async () => (await redis.exists(`lock:${name}`)) === 0);
    const next = await locker.acquire(name);
    return {late, next};
  }

  for (const [title, open] of Object.entries({SQLite: sqlite, PostgreSQL: postgres})) {
    describe(`on ${title}`, () => {
      let db: Database;

      before(async function () {
        const opened = await open();
        if (opened === undefined) {
          this.skip();
        } else {
          db = opened;
          for (const sql of TABLES) await db.run(sql);
        }
      });

      after(() => db?.close());

      it('refuse the write of a holder that was overtaken, and take that of the next one, again and again', async () => {
        const {late, next} = await overtaken(`${title} row`);
        const write = (lock: Lock, balance: number): Promise<number> =>
          db.run(statement('row'), [balance, lock.fence, 7]);

        const rows = [await write(next, 10), await write(late, 666), await write(next, 20)];
        await next.release();

        expect(rows).to.deep.equal([1, 0, 1]);
        expect(await db.first('select balance from account where id = 7')).to.equal(20);
      });

      it('do so where the row is not there yet', async () => {
        const {late, next} = await overtaken(`${title} upsert`);
        const write = (lock: Lock, balance: number): Promise<number> =>
          db.run(statement('upsert'), [8, balance, lock.fence]);

        const rows = [await write(next, 10), await write(next, 20), await write(late, 666)];
        await next.release();

        expect(rows).to.deep.equal([1, 1, 0]);
        expect(await db.first('select balance from account where id = 8')).to.equal(20);
      });

      it('do so for all that a transaction writes', async () => {
        const {late, next} = await overtaken(`${title} transaction`);
        const write = (lock: Lock): Promise<number> =>
          db.run(statement('transaction'), ['report', lock.fence]);

        const rows = [await write(late), await write(next), await write(late), await write(next)];
        await next.release();

        expect(rows).to.deep.equal([1, 1, 0, 1]);
        expect(await db.first('select largest from fences')).to.equal(next.fence);
      });
    });
  }

  it('refuse the write of a holder that was overtaken in a Redis beside the locks', async () => {
    const {late, next} = await overtaken('beside');
    const report = new FencedResource(redis, 'fencing:report');

    const stored = [
      await report.write(next.fence, 'new'),
      await report.write(late.fence, 'late'),
      await report.write(next.fence, 'newer'),
    ];
    await next.release();

    expect(stored).to.deep.equal([true, false, true]);
    expect(await report.read()).to.deep.equal({value: 'newer', fence: next.fence});
  });
});
