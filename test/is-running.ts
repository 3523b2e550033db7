import {existsSync, readFileSync} from 'node:fs';

/** Whether there is such a process on this machine, and it is not dead. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Dead, and its new parent has not noticed yet.
    const isZombie = existsSync('/proc') && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return !isZombie;
  } catch {
    return false;
  }
}
