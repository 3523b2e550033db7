import {getEventListeners} from 'node:events';

/** How many listeners a signal carries. */
export const listenersOf = (signal: AbortSignal): number =>
  getEventListeners(signal, 'abort').length;
