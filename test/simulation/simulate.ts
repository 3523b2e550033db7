import {Locker, type Lock, type RedisClient} from 'holdfast';
import {Machine, MemoryRedis, SkewedClock, VirtualClock} from 'holdfast/testing';

import {Attempts} from './attempts.js';
import {Checker} from './checker.js';
import {Dice} from './dice.js';
import {Faults, type SimulatedProcess} from './faults.js';
import {History} from './history.js';
import {Holder} from './holder.js';
import {NO_MUTATION, type Mutation} from './mutation.js';
import type {Kind, Plan} from './plan.js';

/** How a run went. */
export interface Outcome {
  readonly plan: Plan;
  readonly violations: readonly string[];
  readonly history: string;
  /** How many locks were obtained. */
  readonly sections: number;
  /** For how many of them the counters of some nodes had to be raised. */
  readonly raises: number;
}

// Once all is well, everyone has had the lock by then. A node whose clock was set back keeps keys for longer.
const LIVENESS_MS: Readonly<Record<Kind, number>> = {
  kept: 20_000,
  forgetting: 20_000,
  stepping: 600_000,
};

// The longest that anything but a fence counter outlives its lock, and a little more.
const AFTERMATH_MS = 5000;

/** Runs a plan on virtual time: processes that take locks while things go wrong. Must be alone in its thread. */
export async function simulate(plan: Plan, mutation: Mutation = NO_MUTATION): Promise<Outcome> {
  using clock = new VirtualClock({startAt: Date.UTC(2026, 0, 1) + (plan.seed % 1000)}).install();
  using patch = mutation.patch?.(clock);
  void patch;
  return await new Simulation(plan, mutation, clock).run();
}

/** A process that takes locks. */
interface Actor extends SimulatedProcess {
  readonly locker: Locker;
  readonly attempts: Attempts;
}

class Simulation {
  readonly #plan: Plan;
  readonly #mutation: Mutation;
  readonly #clock: VirtualClock;
  readonly #dice: Dice;
  readonly #history: History;
  readonly #checker: Checker;
  readonly #nodes: readonly {
    readonly name: string;
    readonly redis: MemoryRedis;
    readonly time: SkewedClock;
  }[];
  readonly #actors: readonly Actor[];
  #waiting = 0;
  #sections = 0;

  constructor(plan: Plan, mutation: Mutation, clock: VirtualClock) {
    this.#plan = plan;
    this.#mutation = mutation;
    this.#clock = clock;
    this.#dice = new Dice(plan.seed + 0.5);
    this.#history = new History(() => clock.monotonic());
    this.#checker = new Checker(this.#history, plan, ({machine}) => this.#awakeForMs(machine));
    this.#nodes = Array.from({length: plan.nodes}, (_, index) => {
      const time = new SkewedClock(clock, {
        rate: this.#rate(),
        aheadMs: this.#dice.between(-30, 30),
      });
      return {name: `node ${index}`, redis: new MemoryRedis({clock: time}), time};
    });
    this.#actors = Array.from({length: plan.processes}, (_, index) => this.#actor(index));
  }

  async run(): Promise<Outcome> {
    const clock = this.#clock;
    const faults = new Faults({
      plan: this.#plan,
      dice: this.#dice,
      clock,
      history: this.#history,
      nodes: this.#nodes,
      processes: this.#actors,
    });
    const tasks = this.#actors.flatMap((actor) =>
      Array.from({length: this.#plan.tasks}, (_, task) =>
        actor.machine.run(() => this.#work(actor, `${actor.name}.${task}`)),
      ),
    );
    for (const task of tasks) task.catch((error: unknown) => this.#history.violate(String(error)));
    await clock.until(faults.run());
    await this.#checkLiveness(tasks);
    await this.#checkRemains();
    return {
      plan: this.#plan,
      violations: this.#history.violations,
      history: this.#history.toString(),
      sections: this.#checker.count,
      raises: this.#actors.reduce((sum, {attempts}) => sum + attempts.raises, 0),
    };
  }

  /** As far apart as clocks of machines that are kept in step may run, and more. */
  #rate(): number {
    return 1 + this.#dice.between(-0.002, 0.002);
  }

  #actor(index: number): Actor {
    const {random} = this.#dice;
    const {ttlMs, delayMs, duplicateRate, isUnordered} = this.#plan;
    const way = {delayMs, duplicateRate, isUnordered};
    const ahead = this.#dice.between(-5000, 5000);
    const machine = new Machine(this.#clock, {rate: this.#rate(), aheadMs: ahead});
    const links = this.#nodes.map(({redis}) =>
      machine.connect(redis, {requests: way, replies: way, random}),
    );
    const attempts = new Attempts(() => this.#clock.monotonic());
    const watched = links.map((link) =>
      attempts.watch(this.#mutation.client?.(link, links) ?? link),
    );
    const clients: readonly RedisClient[] = this.#mutation.clients?.(watched, index) ?? watched;
    const {nodeTimeoutMs} = this.#plan;
    const locker = new Locker(clients, {ttlMs, nodeTimeoutMs, clocks: machine.clocks, random});
    return {name: `p${index}`, machine, links, locker, attempts, awakeSince: 0};
  }

  #awakeForMs(machine: Machine): number {
    const actor = this.#actors.find((each) => each.machine === machine);
    if (actor === undefined || !machine.isRunning) return 0;
    return this.#clock.monotonic() - actor.awakeSince;
  }

  /** What one task does until the active time is over: section after section. */
  async #work(actor: Actor, name: string): Promise<void> {
    while (this.#clock.monotonic() < this.#plan.activeMs) {
      await actor.machine.sleep(this.#dice.between(0, this.#dice.pick([2, 20, 100])));
      const resource = `r${this.#dice.whole(0, this.#plan.resources - 1)}`;
      await this.#section(actor, name, resource, this.#dice.between(100, 2000));
    }
  }

  /** One critical section. Resolves to whether the lock was obtained. */
  async #section(
    actor: Actor,
    task: string,
    resource: string,
    timeoutMs: number,
  ): Promise<boolean> {
    this.#sections += 1;
    const name = `${task}#${this.#sections}`;
    const lock = await this.#obtain(actor, resource, Math.ceil(timeoutMs));
    if (lock === undefined) return false;
    const sentAt = actor.attempts.sentAt(lock.token);
    const now = this.#clock.monotonic();
    const holder = new Holder(name, resource, actor.machine, lock, sentAt, now);
    this.#history.note(
      `${name} has ${resource} with fence ${lock.fence}, asked at ${sentAt.toFixed(1)}`,
    );
    this.#checker.acquired(holder);
    await this.#hold(actor, holder);
    this.#history.note(`${name} releases ${resource}`);
    await holder.release();
    return true;
  }

  async #obtain(actor: Actor, resource: string, timeoutMs: number): Promise<Lock | undefined> {
    const dice = this.#dice;
    const keepAlive = dice.happens(0.8);
    this.#waiting += 1;
    try {
      if (dice.happens(0.2)) return await actor.locker.tryAcquire(resource, {keepAlive});
      const controller = new AbortController();
      if (dice.happens(0.15)) {
        void actor.machine.sleep(dice.between(0, timeoutMs)).then(() => controller.abort());
      }
      const {signal} = controller;
      return await actor.locker.acquire(resource, {timeoutMs, keepAlive, signal});
    } catch (error) {
      // Nobody has promised a lock to anyone while things go wrong.
      this.#history.note(`${actor.name} does not get ${resource}: ${String(error).slice(0, 100)}`);
      return undefined;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Writes at the beginning and now and then, for as long as the lock is held. */
  async #hold(actor: Actor, holder: Holder): Promise<void> {
    const dice = this.#dice;
    const {lock} = holder;
    const steps = this.#plan.isHasty ? 0 : dice.whole(0, 3);
    for (let step = 0; step <= steps; step += 1) {
      if (!lock.isHeld) return;
      this.#checker.write(holder);
      if (dice.happens(0.15)) await this.#extend(holder);
      await actor.machine.sleep(
        dice.between(0, this.#plan.isHasty ? 3 : dice.pick([5, 50, 0.7 * this.#plan.ttlMs])),
      );
    }
  }

  async #extend(holder: Holder): Promise<void> {
    const sentAt = this.#clock.monotonic();
    try {
      await holder.lock.extend(this.#dice.pick([1, 3]) * this.#plan.ttlMs);
      this.#checker.extended(holder, sentAt);
    } catch {
      // Lost, or nobody knows: the lock does.
    }
  }

  /** Once nothing goes wrong any more, all tasks end, and everyone who is left gets every lock. */
  async #checkLiveness(tasks: readonly Promise<void>[]): Promise<void> {
    this.#history.note('all is well from here on');
    const alive = this.#actors.filter(({machine}) => machine.isRunning);
    const rests = alive.flatMap((actor) => {
      const begun = this.#actors.indexOf(actor) * this.#plan.tasks;
      return tasks.slice(begun, begun + this.#plan.tasks);
    });
    try {
      await this.#clock.until(Promise.allSettled(rests), LIVENESS_MS[this.#plan.kind]);
      const turns = alive.flatMap((actor) =>
        Array.from({length: this.#plan.resources}, (_, index) =>
          actor.machine.run(() => this.#lastTurn(actor, `r${index}`)),
        ),
      );
      await this.#clock.until(Promise.all(turns), LIVENESS_MS[this.#plan.kind]);
    } catch (error) {
      this.#history.violate(`not live: ${String(error)}`);
    }
  }

  async #lastTurn(actor: Actor, resource: string): Promise<void> {
    const lock = await actor.locker.acquire(resource, {timeoutMs: LIVENESS_MS[this.#plan.kind]});
    await actor.machine.sleep(1);
    await lock.release();
  }

  /** Nothing stays: no key but counters that end, no waiter, no timer, no subscription. */
  async #checkRemains(): Promise<void> {
    const alive = this.#actors.filter(({machine}) => machine.isRunning);
    const closings = alive.map(({machine, locker}) => machine.run(() => locker.close()));
    await this.#clock.until(Promise.all(closings));
    await this.#clock.advance(3 * this.#plan.ttlMs + AFTERMATH_MS);
    const killed = this.#actors.length - alive.length;
    if (killed === 0 && this.#waiting > 0) this.#history.violate(`${this.#waiting} still wait`);
    if (this.#clock.pendingCount > 0) {
      this.#history.violate(`${this.#clock.pendingCount} timers are left`);
    }
    const mayStay = this.#plan.kind === 'stepping' || this.#plan.isSetBack;
    for (const {name, redis} of this.#nodes) {
      if (redis.listenerCount > 0) this.#history.violate(`${name} has subscriptions left`);
      const keys = (await redis.send('KEYS', ['*'])) as string[];
      for (const key of keys) {
        const leftMs = Number(await redis.send('PTTL', [key]));
        const isCounter = key.endsWith(':fence') && leftMs > 0;
        // A node whose clock is set back keeps its keys for longer.
        if (isCounter || (mayStay && leftMs > 0)) continue;
        this.#history.violate(`${name} has ${key} left, for ${leftMs} ms`);
      }
    }
  }
}
