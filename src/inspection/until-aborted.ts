import {abortable} from 'abort-controller-x';

/** Passes on what comes, until the signal aborts: then it throws the reason, also while nothing comes. */
export async function* untilAborted<T>(
  signal: AbortSignal,
  source: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  for (;;) {
    const step = await abortable(signal, iterator.next());
    if (step.done === true) return;
    yield step.value;
  }
}
