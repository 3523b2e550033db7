import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Redis} from 'ioredis';
import {freePort} from './free-port.js';
import {startReaper} from './reaper.js';
import type {Reaper} from './reaper.js';
import {PortTakenError} from './redis-process.js';
import type {Launch, RedisProcess} from './redis-process.js';
import type {RedisServer, RestartOptions, StartOptions} from './redis-server.js';

const host = '127.0.0.1';
const portRetries = 9;

/** A server which this process starts, may hurt, and takes along when it ends. */
export class OwnServer implements RedisServer {
  readonly host: string = host;
  readonly port: number;
  readonly canFault: boolean = true;
  readonly #launch: Launch;
  readonly #args: readonly string[];
  readonly #config: string | undefined;
  readonly #dir: string;
  readonly #reaper: Reaper;
  #process: RedisProcess | undefined;

  static async start(launch: Launch, options: StartOptions = {}): Promise<OwnServer> {
    for (let retries = options.port === undefined ? portRetries : 0; ; retries -= 1) {
      try {
        return await OwnServer.#startOnce(launch, options);
      } catch (error) {
        if (!(error instanceof PortTakenError) || retries === 0) throw error;
      }
    }
  }

  static async #startOnce(launch: Launch, options: StartOptions): Promise<OwnServer> {
    const port = options.port ?? (await freePort());
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-redis-'));
    const server = new OwnServer(launch, {...options, port}, dir);
    try {
      await server.#prepare();
      await server.#run();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  private constructor(launch: Launch, options: StartOptions & {port: number}, dir: string) {
    this.port = options.port;
    this.#launch = launch;
    this.#config = options.config;
    this.#dir = dir;
    this.#reaper = startReaper(dir);
    const settings = {port: String(this.port), bind: host, dir, save: '', appendonly: 'no'};
    this.#args = [
      ...(options.config === undefined ? [] : [this.#configFile]),
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      ...(options.args ?? []),
    ];
  }

  get #configFile(): string {
    return join(this.#dir, 'redis.conf');
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.#reaper.reap();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
    this.#forget();
  }

  async pause(): Promise<void> {
    await this.#running().signal('SIGSTOP');
  }

  async resume(): Promise<void> {
    await this.#running().signal('SIGCONT');
  }

  async restart({keepData = false}: RestartOptions = {}): Promise<void> {
    if (keepData && this.#process !== undefined) await this.#save();
    await this.kill();
    if (!keepData) await this.#prepare();
    await this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    this.#process = await this.#launch(this.#args, {
      dir: this.#dir,
      port: this.port,
      onSpawn: (pid) => this.#reaper.watch(pid),
      onExit: () => this.#forget(),
    });
  }

  // Its id may soon be that of another process.
  #forget(): void {
    this.#process = undefined;
    this.#reaper.watch(undefined);
  }

  #running(): RedisProcess {
    if (this.#process === undefined) throw new Error(`The Redis on port ${this.port} is down`);
    return this.#process;
  }

  async #save(): Promise<void> {
    const redis = new Redis(this.url, {maxRetriesPerRequest: 0});
    try {
      await redis.save();
    } finally {
      redis.disconnect();
    }
  }

  // Empties the folder: a sentinel and a cluster node keep what they know there, with the data.
  async #prepare(): Promise<void> {
    await rm(this.#dir, {recursive: true, force: true});
    await mkdir(this.#dir, {mode: 0o700});
    if (this.#config !== undefined) await writeFile(this.#configFile, this.#config);
  }
}
