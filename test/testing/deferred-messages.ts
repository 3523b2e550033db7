import {until} from '../until.js';
import type {Both} from './both.js';

/** Listens to a channel of both; `messages` resolves once so many have come. */
export async function deferredMessages(
  both: Both,
  channel: string,
): Promise<{messages: (count: number) => Promise<void>; stop: () => Promise<void>}> {
  let heard = 0;
  const onMessage = (): void => {
    heard += 1;
  };
  const subscriber = both.real.duplicate();
  subscriber.on('message', onMessage);
  await subscriber.subscribe(channel);
  const listening = both.memory.listen(channel, onMessage);
  await listening.heard;
  return {
    messages: (count) => until(() => heard >= count),
    async stop() {
      listening.stop();
      subscriber.disconnect();
      await until(async () => (await both.same('PUBSUB', 'NUMSUB', channel)) !== undefined);
    },
  };
}
