/** A running `redis-server`, wherever it runs. */
export type RedisProcess = {
  /** Its id on this machine, when it can be seen from here. */
  readonly pid: number | undefined;
  signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** SIGKILL; resolves once the process is gone, also when it was gone before. */
  kill(): Promise<void>;
};

/** Starts `redis-server` with these arguments; resolves when it is ready for connections. */
export type Launch = (args: readonly string[], place: Place) => Promise<RedisProcess>;

export type Place = {
  readonly dir: string;
  readonly port: number;
  /** To be called as soon as there is a process, long before it is ready. */
  readonly onSpawn: (pid: number | undefined) => void;
  /** To be called when the process ends by itself, where that can be seen. */
  readonly onExit: () => void;
};

/** The log line of a server that accepts connections; a sentinel says it in other words. */
export const readyLine: RegExp = /Ready to accept connections|Sentinel ID is/i;

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

/** Why a server ended before it was ready, by its log. */
export function startError(log: string): Error {
  const isPortTaken = /Address already in use|Could not create server TCP/i.test(log);
  if (isPortTaken) return new PortTakenError('The port is in use');
  return new Error(`Redis ended before it was ready:\n${log.trim()}`);
}
