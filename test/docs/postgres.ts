import {execFile, spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {chownSync, existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {promisify} from 'node:util';
import {Pool} from 'pg';

const run = promisify(execFile);

const FOLDERS = [...(process.env['PATH'] ?? '').split(':'), ...debianFolders()];

function debianFolders(): readonly string[] {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder) ? readdirSync(folder).map((version) => `${folder}/${version}/bin`) : [];
}

/** A PostgreSQL of this test's own, reached by a socket in its folder. */
export class Postgres {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly pool: Pool;

  /** Undefined where there are no programs for one. */
  static async start(): Promise<Postgres | undefined> {
    const bin = FOLDERS.find((folder) =>
      ['initdb', 'postgres'].every((name) => existsSync(`${folder}/${name}`)),
    );
    if (bin === undefined) return undefined;
    const folder = mkdtempSync(`${tmpdir()}/holdfast-postgres-`);
    const user = await lesserUser();
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    const options = {...user, cwd: folder};
    await run(
      `${bin}/initdb`,
      ['-D', `${folder}/data`, '-U', 'postgres', '-A', 'trust', '-N'],
      options,
    );
    const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off'];
    const args = ['-D', `${folder}/data`, ...settings.flatMap((each) => ['-c', each])];
    const child = spawn(`${bin}/postgres`, args, {...options, stdio: ['ignore', 'ignore', 'pipe']});
    await isReady(child);
    return new Postgres(child, folder);
  }

  private constructor(child: ChildProcess, folder: string) {
    this.#process = child;
    this.#folder = folder;
    this.pool = new Pool({host: folder, user: 'postgres', database: 'postgres'});
  }

  async stop(): Promise<void> {
    await this.pool.end();
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGINT');
    await exited;
    rmSync(this.#folder, {recursive: true, force: true});
  }
}

/** PostgreSQL does not run as root. */
async function lesserUser(): Promise<{uid: number; gid: number} | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (what) => Number((await run('id', [what, 'postgres'])).stdout)),
  );
  return uid === undefined || gid === undefined ? undefined : {uid, gid};
}

async function isReady(child: ChildProcess): Promise<void> {
  let log = '';
  for await (const text of child.stderr ?? []) {
    log += String(text);
    if (log.includes('ready to accept connections')) {
      child.stderr?.resume();
      return;
    }
  }
  throw new Error(`PostgreSQL did not start:\n${log}`);
}
