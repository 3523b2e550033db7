export type StartOptions = {
  /** Arguments of `redis-server`, after the ones every test server gets. */
  readonly args?: readonly string[];
  /** The text of a configuration file, for what arguments cannot say (a sentinel). */
  readonly config?: string;
  /** @defaultValue a free one */
  readonly port?: number;
};

export type RestartOptions = {
  /** Saves the data first and loads it again. @defaultValue false: the server comes back empty */
  readonly keepData?: boolean;
};

/** One Redis to test with. */
export type RedisServer = AsyncDisposable & {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The process on this machine, when there is one to see. */
  readonly pid: number | undefined;
  /** Whether `kill`, `pause`, `resume` and `restart` work: the server is ours. */
  readonly canFault: boolean;
  /** Ends the server and removes its data; nothing is left behind. */
  stop(): Promise<void>;
  /** SIGKILL; `restart` brings the server back. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): Promise<void>;
  /** SIGCONT */
  resume(): Promise<void>;
  /** On the same port. */
  restart(options?: RestartOptions): Promise<void>;
};
