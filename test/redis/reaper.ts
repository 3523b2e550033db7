import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {unref} from './unref.js';

// Reads the ids of the process to watch, the last one counts. The pipe closes when this process
// lets go of it or ends, in whatever way: then the server is killed, even one that is stopped.
const script = `
trap '' INT TERM HUP
while read -r line; do pid=$line; done
[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
rm -rf "$1"
[ ! -e "$1" ] || { sleep 0.1; rm -rf "$1"; }
`;

export type Reaper = {
  /** Takes this process along at the end; `undefined`: there is none at the moment. */
  watch(pid: number | undefined): void;
  /** Does the work now; resolves when it is done. */
  reap(): Promise<void>;
};

/** Kills the watched process and removes the folder once this process ends, even by SIGKILL. */
export function startReaper(dir: string): Reaper {
  const child = spawn('/bin/sh', ['-c', script, 'redis-reaper', dir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exited = once(child, 'exit');
  const {stdin} = child;
  child.unref();
  unref(stdin);

  return {
    watch(pid) {
      stdin.write(`${pid ?? ''}\n`);
    },
    async reap() {
      child.ref();
      stdin.end();
      await exited;
    },
  };
}
