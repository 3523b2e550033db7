import {setTimeout as delay} from 'node:timers/promises';

import type {Bell} from './bell.js';
import type {Contenders} from './contenders.js';
import {machineMs} from './machine-clock.js';
import type {Referee} from './referee.js';
import type {Scene} from './scene.js';
import type {Line} from '../text.js';
import type {Turn} from './turn.js';
import {fenceText, msText} from './words.js';

export interface PlotOptions {
  readonly scene: Scene;
  /** Rings when the scene has changed. */
  readonly bell: Bell;
  readonly contenders: Pick<Contenders, 'start' | 'kill'>;
  readonly referee: Pick<Referee, 'bury'>;
  readonly processes: number;
  readonly totalMs: number;
  readonly ttlMs: number;
}

// How much later than promised something may come on a busy machine before it counts as failed.
const GRACE_MS = 15_000;

/** What happens in the demo, one thing after the other. */
export class Plot {
  readonly #options: PlotOptions;
  #caption: () => Line = () => [['The processes start …', 'dim']];

  constructor(options: PlotOptions) {
    this.#options = options;
  }

  /** What is happening now. */
  get caption(): Line {
    return this.#caption();
  }

  /** Rejects when the signal aborts, and when the lock does not get on. */
  async play(signal: AbortSignal): Promise<void> {
    try {
      await this.#play(signal);
      this.#caption = () => [['Time is up.', 'title']];
    } catch (error) {
      this.#caption = () => [['Stopped early.', 'title']];
      throw error;
    }
  }

  async #play(signal: AbortSignal): Promise<void> {
    const {processes, totalMs} = this.#options;
    const startedAt = machineMs();
    const until = (share: number): Promise<void> =>
      delay(Math.max(0, startedAt + totalMs * share - machineMs()), undefined, {signal});

    for (let count = 0; count < processes; count += 1) this.#start();
    await this.#newTurn(signal, GRACE_MS, 'Nobody obtained the lock');
    this.#caption = () => this.#contention();
    await until(0.3);
    this.#caption = () => [['Soon the process that is inside will be killed …', 'waiting']];
    await until(0.375);
    await this.#killHolder(signal);
    await until(0.65);
    this.#replace();
    await until(0.75);
    this.#caption = () => this.#contention();
    await until(1);
  }

  #contention(): Line {
    const {holder} = this.#options.scene.view;
    if (holder === undefined) return [['the lock is changing hands …', 'dim']];
    const text = `${holder.pid} is inside with fence ${holder.fence}`;
    return [['● ', 'holder'], [text], ['; all others wait outside', 'dim']];
  }

  async #killHolder(signal: AbortSignal): Promise<void> {
    const {scene, contenders, referee, ttlMs} = this.#options;
    for (let diedInside = false; !diedInside;) {
      const {pid, fence} = await this.#newTurn(signal, GRACE_MS, 'Nobody obtained the lock');
      const killedAt = machineMs();
      const gone = contenders.kill(pid);
      scene.tell(
        killedAt,
        `killing the holder (pid ${pid}) with SIGKILL while it holds fence ${fenceText(fence)}`,
      );
      this.#caption = () => mourning(pid, fence, killedAt, ttlMs);
      await gone;
      diedInside = scene.died(pid, killedAt);
      await referee.bury(pid);
      if (diedInside) continue;
      scene.tell(machineMs(), `${pid} had just gone out: a replacement, and once more`);
      this.#start();
    }
    const dead = scene.view.turns.findLast((turn) => turn.wasKilled);
    const heir = await this.#newTurn(signal, ttlMs + GRACE_MS, 'Nobody took over');
    const afterMs = heir.acquiredAt - (dead?.endedAt ?? Number.NaN);
    this.#caption = () => [
      ['● ', 'holder'],
      [`${heir.pid} took over ${msText(afterMs)} after the kill`, 'title'],
      [', when the lease had ended', 'dim'],
    ];
  }

  #replace(): void {
    const pid = this.#start();
    this.#options.scene.tell(machineMs(), `${pid} is started in place of the dead`);
    this.#caption = () => [
      [`${pid} is started in place of the dead, and joins the others`, 'title'],
    ];
  }

  #start(): number {
    const {scene, contenders} = this.#options;
    const pid = contenders.start();
    scene.born(pid, machineMs());
    return pid;
  }

  /** Resolves to the next turn that begins, in the moment it is reported. */
  #newTurn(signal: AbortSignal, withinMs: number, complaint: string): Promise<Turn> {
    const {scene, bell} = this.#options;
    const since = scene.view.turns.length;
    const begun = bell.until(signal, () => scene.view.turns[since]);
    return within(withinMs, begun, complaint);
  }
}

async function within<T>(ms: number, promise: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${msText(ms)}`)), ms);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

const SHOCK_MS = 900;

function mourning(pid: number, fence: number, killedAt: number, ttlMs: number): Line {
  const sinceMs = machineMs() - killedAt;
  if (sinceMs < Math.min(SHOCK_MS, ttlMs / 2)) {
    const text = ` killing the holder (pid ${pid}) with SIGKILL while it holds fence ${fenceText(fence)} `;
    return [[text, 'alarm']];
  }
  const leftMs = Math.max(0, ttlMs - sinceMs);
  return [
    [`✗ ${pid} died inside`, 'dead'],
    [` and released nothing; its lease ends in ${(leftMs / 1000).toFixed(1)} s`],
  ];
}
