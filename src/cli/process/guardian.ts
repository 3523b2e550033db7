import {spawn} from 'node:child_process';

// Reads until this process writes a line, or is no more. The group may be stopped, and has to wake up to end.
const SCRIPT = `
read -r done && exit
kill -s TERM -- "$1" && kill -s CONT -- "$1"
sleep "$2"
kill -s KILL -- "$1"
`;

/**
 * Ends a process, or with a negative number a process group, when this process dies in a way that leaves it no time to.
 *
 * @returns what calls that off.
 */
export function guard(target: number, graceMs: number): () => void {
  if (process.platform === 'win32') return () => undefined;
  const seconds = String(Math.ceil(graceMs / 1000));
  const guardian = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(target), seconds], {
    // What ends this process must not end the guardian.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian.on('error', () => undefined);
  guardian.stdin.on('error', () => undefined);
  guardian.unref();
  return () => {
    guardian.stdin.end('done\n');
  };
}
