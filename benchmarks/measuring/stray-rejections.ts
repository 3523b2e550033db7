import {messageOf} from './message-of.js';

const strays: unknown[] = [];

/** From now on what nobody handles is remembered; by default it would end the process. */
export function catchStrayRejections(): void {
  process.on('unhandledRejection', (reason) => strays.push(reason));
}

/** Throws what nobody has handled since the last call. */
export function throwStrayRejection(): void {
  const [first] = strays.splice(0);
  if (first === undefined) return;
  throw new Error(`unhandled rejection: ${messageOf(first)}`, {cause: first});
}
