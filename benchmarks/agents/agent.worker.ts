// A process that locks when its parent asks it to: see agent.ts.
import {contend} from '../measuring/contention.js';
import {run} from '../measuring/load.js';
import {messageOf} from '../measuring/message-of.js';
import {nowMs} from '../measuring/now.js';
import {Opened} from '../measuring/opened.js';
import {catchStrayRejections, throwStrayRejection} from '../measuring/stray-rejections.js';
import {kindOf} from '../subjects/catalogue.js';
import type {Held} from '../subjects/subject.js';
import {Holder} from './holder.js';
import type {Ask, Deeds} from './messages.js';

type Deed<D extends keyof Deeds> = (
  subject: string,
  ask: Deeds[D]['ask'],
) => Promise<Deeds[D]['answer']>;

// A service that has been up for a while has done that often enough for its code to be fast.
const WARM_UP = {inFlight: 16, forMs: 500};

const opened = new Map<string, Opened>();
const held = new Map<string, Held>();
const holders = new Map<string, Holder>();

function find<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new Error(`${name} is not there`);
  return found;
}

const deeds: {readonly [D in keyof Deeds]: Deed<D>} = {
  async open(subject, {urls, terms}) {
    const one = await Opened.open(kindOf(subject), urls, terms);
    await run(one, WARM_UP);
    opened.set(subject, one);
    holders.set(subject, new Holder(one));
    return null;
  },
  async close(subject) {
    await opened.get(subject)?.close();
    return null;
  },
  async contend(subject, contention) {
    const {result, gone} = await contend(find(opened, subject), contention);
    await gone;
    return result;
  },
  async acquire(subject, {resource}) {
    const one = await find(opened, subject).acquire(resource);
    const acquiredAt = nowMs();
    held.set(resource, one);
    return acquiredAt;
  },
  async release(_subject, {resource}) {
    const one = find(held, resource);
    held.delete(resource);
    const releasedAt = nowMs();
    await one.release();
    return releasedAt;
  },
  holdMany: (subject, {count}) => find(holders, subject).hold(count),
  watch: (subject, {forMs}) => find(holders, subject).watch(forMs),
};

async function answer<D extends keyof Deeds>({id, deed, subject, ask}: Ask<D>): Promise<void> {
  try {
    const done = await deeds[deed](subject, ask);
    throwStrayRejection();
    process.send?.({id, answer: done});
  } catch (error) {
    process.send?.({id, failure: messageOf(error)});
  }
}

catchStrayRejections();
process.on('message', (ask) => void answer(ask as Ask));
process.on('disconnect', () => process.exit());
