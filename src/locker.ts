import {rangeError, typeError} from './check.js';
import {LockerClosedError, LockTimeoutError} from './errors.js';
import {Holding, type Keeper} from './holding.js';
import {ForcedReleases} from './inspection/forced-releases.js';
import {Inspector} from './inspection/inspector.js';
import type {LockInfo} from './inspection/lock-info.js';
import {Heartbeat} from './keep-alive/heartbeat.js';
import {KeepAliveWorker} from './keep-alive/worker/keep-alive-worker.js';
import {Clock} from './lease/clock.js';
import type {Lease} from './lease/lease.js';
import {FairLeases} from './lease/fair-leases.js';
import {Leases, type Attempt} from './lease/leases.js';
import {Tokens} from './lease/token.js';
import {defaultNodeTimeoutMs} from './lease/validity.js';
import {Lines} from './lines.js';
import type {Lock} from './lock.js';
import type {Ending} from './on-abort.js';
import {
  checkForceRelease,
  checkList,
  checkResource,
  checkWatch,
  resolveAcquire,
  resolveLocker,
  resolveTryAcquire,
  type AcquireOptions,
  type ForceReleaseOptions,
  type ListOptions,
  type LockerOptions,
  type LockerSettings,
  type Request,
  type Resource,
  type TryAcquireOptions,
  type WatchOptions,
} from './options.js';
import {isCluster, type SupportedClient} from './redis/client-of.js';
import {forcedChannel} from './redis/hash-tag.js';
import {Node} from './redis/node.js';
import type {LeaseNames} from './redis/scripts.js';
import {checkMethod, type LockedMethod} from './sections/locked-method.js';
import {
  resolveSection,
  type AnyResourceOf,
  type IfBusy,
  type ResourceOf,
  type SectionOptions,
  type Skipped,
  type Work,
} from './sections/section.js';
import {Sections} from './sections/sections.js';
import {acquire} from './waiting/acquire.js';
import {unlessOver, type Miss} from './waiting/attempt.js';
import {Courtesy} from './waiting/courtesy.js';
import {LocalQueue, type Ticket} from './waiting/local-queue.js';
import {Patience} from './waiting/patience.js';
import {Sleeper} from './waiting/sleeper.js';
import {WakeUps} from './waiting/wake-ups.js';

/** Hands out locks that are valid for everyone who uses the same Redis nodes. One locker per process is enough. */
export class Locker implements AsyncDisposable {
  readonly #settings: LockerSettings;
  readonly #clock: Clock;
  readonly #leases: Leases;
  readonly #heartbeat: Heartbeat<Holding>;
  readonly #worker: KeepAliveWorker;
  readonly #wakeUps: WakeUps;
  readonly #queue: LocalQueue;
  readonly #courtesy: Courtesy;
  readonly #inspector: Inspector;
  readonly #forcedReleases: ForcedReleases;
  /** Where those wait who are to have their turns in order, if they are. */
  readonly #lines: Lines | undefined;
  readonly #keeper: Keeper;
  readonly #closing = new AbortController();
  readonly #sections = new Sections(this);

  /**
   * @param nodes one client, or a list of clients of independent servers that vote. An ioredis `Redis` (also one that
   *   finds its master through Sentinel) or `Cluster` is one node, as is any object with a fitting `send`.
   * @throws {TypeError | RangeError} when a node or an option is not what it should be.
   */
  constructor(nodes: SupportedClient | readonly SupportedClient[], options: LockerOptions = {}) {
    const clients = isList(nodes) ? nodes : [nodes];
    if (clients.length === 0) throw rangeError('nodes', 'one client or more', nodes);
    if (new Set<unknown>(clients).size < clients.length) {
      throw new RangeError('Expected `nodes` to be different clients, got one client twice');
    }
    const now = (): number => this.#clock.now();
    const voters = clients.map((client, index) => new Node(index, client, now, clients.length));
    this.#settings = resolveLocker(options, {
      nodes: clients.length,
      isCluster: clients.some((client) => isCluster(client)),
    });
    const {quorum, metadata, clocks, random} = this.#settings;
    this.#clock = new Clock(clocks);
    const tokens = new Tokens({metadata, wall: () => clocks?.wall() ?? Date.now()});
    this.#leases = new Leases({
      ...this.#settings,
      nodes: voters,
      clock: this.#clock,
      tokens,
      // Those in line are given their turn by the node.
      onReleased: this.#settings.isFair ? undefined : this.#released.bind(this),
    });
    this.#heartbeat = new Heartbeat(now, random);
    this.#worker = new KeepAliveWorker({...this.#settings, clients, clock: this.#clock});
    this.#checkKeepAlive(this.#settings);
    this.#keeper = {
      clock: this.#clock,
      leases: this.#leases,
      nodeTimeoutMs: this.#settings.nodeTimeoutMs,
      expectedLatenessMs: () => this.#heartbeat.expectedLatenessMs,
      keepInWorker: (toKeep) => this.#worker.keep(toKeep),
      ended: (holding) => this.#heartbeat.remove(holding),
    };
    this.#queue = new LocalQueue(now);
    this.#courtesy = new Courtesy(now);
    const listens = voters.map(({listen}) => listen);
    this.#wakeUps = new WakeUps({listens, quorum, now, random});
    this.#forcedReleases = new ForcedReleases({
      listens,
      channel: forcedChannel(tokens.lockerId),
      isHolding: () => this.#heartbeat.size > 0,
      onForced: (node, token) => this.#forced(node, token),
    });
    this.#inspector = new Inspector({
      ...this.#settings,
      nodes: voters,
      nodeTimeoutMs: this.#settings.nodeTimeoutMs ?? defaultNodeTimeoutMs(this.#settings.ttlMs),
      wakeUps: this.#wakeUps,
      now,
    });
    const [node] = voters;
    if (this.#settings.isFair && node !== undefined) {
      const leases = new FairLeases({node, leases: this.#leases, clock: this.#clock});
      this.#lines = new Lines({leases, wakeUps: this.#wakeUps, random});
    }
  }

  /**
   * Waits for the lock and holds it until it is released. The lock keeps itself alive meanwhile.
   *
   * @throws {LockTimeoutError} when it was not obtained within `timeoutMs`, as far as is known because others held it.
   * @throws {QuorumError} when the nodes could not be asked: at the end of `timeoutMs`, or at once when waiting is of no
   *   use (a key of another type, a missing permission).
   * @throws {RangeError} when two of the nodes turn out to be the same server.
   * @throws {LockerClosedError} when the locker is closed, or gets closed meanwhile.
   * @throws {TypeError | RangeError} when an argument is not what it should be; nothing has been sent then.
   */
  async acquire(resource: Resource, options: AcquireOptions = {}): Promise<Lock> {
    const request = resolveAcquire(resource, options, this.#settings);
    this.#checkKeepAlive(request);
    this.#assertOpen();
    request.signal?.throwIfAborted();
    if (this.#lines !== undefined) return this.#acquireInLine(request, this.#lines);
    const startedAt = this.#clock.now();
    const ticket = this.#queue.enter(request.resources);
    try {
      const {keepAlive} = request;
      if (keepAlive === 'worker') await this.#worker.ready();
      let attempt: Attempt | undefined;
      if (this.#mayAskAtOnce(request, ticket)) {
        const at = keepAlive === 'worker' ? this.#clock.now() : startedAt;
        attempt = await this.#attempt(request, request.signal, at);
      }
      const lease =
        attempt?.kind === 'won'
          ? attempt.value
          : await this.#waitFor(request, ticket, startedAt, attempt);
      if (!this.#isWanted(request)) await this.#giveBack(lease, request);
      return this.#hold(lease, request, ticket);
    } catch (error) {
      ticket.leave();
      throw error;
    }
  }

  /**
   * Makes one attempt and does not wait for others.
   *
   * @returns the lock, or `undefined` when somebody else holds it.
   * @throws {QuorumError} when the nodes could not be asked. That never counts as "held", nor as "free".
   * @throws {RangeError} when two of the nodes turn out to be the same server.
   * @throws {LockerClosedError} when the locker is closed.
   * @throws {TypeError | RangeError} when an argument is not what it should be; nothing has been sent then.
   */
  async tryAcquire(resource: Resource, options: TryAcquireOptions = {}): Promise<Lock | undefined> {
    const request = resolveTryAcquire(resource, options, this.#settings);
    this.#checkKeepAlive(request);
    this.#assertOpen();
    request.signal?.throwIfAborted();
    if (this.#lines !== undefined) {
      const lease = await this.#lines.tryAcquire(request);
      if (lease === undefined) return undefined;
      if (!this.#isWanted(request)) await this.#giveBack(lease, request);
      return this.#hold(lease, request, undefined);
    }
    if (this.#queue.isHeld(request.resources)) return undefined;
    const ticket = this.#queue.enterIfEmpty(request.resources);
    try {
      if (request.keepAlive === 'worker') await this.#worker.ready();
      const outcome = await this.#leases.attempt(request);
      if (outcome.kind === 'won') {
        if (!this.#isWanted(request)) await this.#giveBack(outcome.value, request);
        return this.#hold(outcome.value, request, ticket);
      }
      if (outcome.kind === 'failed') throw outcome.error;
      ticket?.leave();
      return undefined;
    } catch (error) {
      ticket?.leave();
      throw error;
    }
  }

  /**
   * Runs `work` while the lock is held: `using(resource, work)` or `using(resource, options, work)`.
   *
   * @returns what `work` returns; `undefined` when the section was skipped, which only `ifBusy: "skip"` allows.
   * @throws {LockLostError} when the lock was lost meanwhile, even if `work` was done. An error of `work`'s own is thrown
   *   as it is instead; so is all that {@link Locker.acquire} throws.
   */
  using<T>(resource: Resource, work: Work<T>): Promise<T>;
  using<T, Busy extends IfBusy = 'wait'>(
    resource: Resource,
    options: SectionOptions<Busy>,
    work: Work<T>,
  ): Promise<T | Skipped<Busy>>;
  async using<T>(
    resource: Resource,
    ...rest: [work: Work<T>] | [options: SectionOptions, work: Work<T>]
  ): Promise<T | undefined> {
    const [options, work] = rest.length === 1 ? [{}, ...rest] : rest;
    if (typeof work !== 'function') throw typeError('work', 'a function', work);
    return this.#sections.run(resource, resolveSection(options), work);
  }

  /**
   * Makes a critical section of a function: one that is called in the same way, with the same `this`, and holds the lock
   * while `fn` runs.
   *
   * @param resource what to lock, or a function that is given the `this` and the arguments of the call and says it.
   * @returns a function with the name and length of `fn`. Its promises settle as those of {@link Locker.using}.
   * @throws {TypeError} when `fn` is no function, or an option of a section is not what it should be.
   */
  wrap<This, Args extends unknown[], T, Busy extends IfBusy = 'wait'>(
    resource: NoInfer<ResourceOf<This, Args>>,
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
    options?: SectionOptions<Busy>,
  ): (this: This, ...args: Args) => Promise<T | Skipped<Busy>>;
  wrap<This, Args extends unknown[], T>(
    resource: AnyResourceOf,
    fn: (this: This, ...args: Args) => T | PromiseLike<T>,
    options: SectionOptions = {},
  ): (this: This, ...args: Args) => Promise<T | undefined> {
    return this.#sections.wrap(resource, fn, resolveSection(options));
  }

  /**
   * Makes a critical section of a method, as a standard decorator: `@locker.locked('…')`. The method returns a promise.
   *
   * @param resource what to lock, or a function that is given the `this` and the arguments of the call and says it.
   * @throws {TypeError} when it does not stand on a method, or an option of a section is not what it should be.
   */
  locked<This = unknown, Args extends unknown[] = [], Busy extends IfBusy = 'wait'>(
    resource: ResourceOf<This, Args>,
    options?: SectionOptions<Busy>,
  ): LockedMethod<This, Args, Skipped<Busy>>;
  locked(
    resource: AnyResourceOf,
    options: SectionOptions = {},
  ): LockedMethod<unknown, [], undefined> {
    const section = resolveSection(options);
    return (method, context) => {
      checkMethod(context);
      return this.#sections.wrap(resource, method, section);
    };
  }

  /**
   * Asks the nodes who holds a lock, whichever library the holder uses. It waits for each node to answer or to fail.
   *
   * @throws {QuorumError} when too few nodes answered to know. That never counts as "free".
   * @throws {LockerClosedError} when the locker is closed.
   * @throws {TypeError | RangeError} when `resource` is no name; nothing has been sent then.
   */
  async inspect(resource: string): Promise<LockInfo> {
    checkResource(resource, this.#settings);
    this.#assertOpen();
    return this.#inspector.inspect(resource);
  }

  /**
   * Gives what {@link Locker.inspect} says, and again each time that the holder or what it announces has changed. A
   * release and an announcement are told; that a free lock was taken is looked for, once a second at the latest.
   *
   * The iteration throws what `inspect` throws, `signal.reason` when `signal` aborts, and a {@link LockerClosedError} when
   * the locker is closed meanwhile.
   *
   * @throws {LockerClosedError} when the locker is closed.
   * @throws {TypeError | RangeError} when an argument is not what it should be; nothing has been sent then.
   */
  watch(resource: string, options: WatchOptions = {}): AsyncGenerator<LockInfo, void, undefined> {
    checkResource(resource, this.#settings);
    checkWatch(options);
    this.#assertOpen();
    return this.#inspector.watch(resource, [options.signal, this.#closing.signal]);
  }

  /**
   * Gives every lock that is held by somebody and whose name begins with `prefix`, in no order, each once. It takes the
   * time to look through all keys of all nodes, and does not hold them up. What is taken or freed meanwhile may be among
   * them or not.
   *
   * The iteration throws a {@link QuorumError} when too few nodes answered, `signal.reason` when `signal` aborts, and a
   * {@link LockerClosedError} when the locker is closed meanwhile.
   *
   * @throws {LockerClosedError} when the locker is closed.
   * @throws {TypeError | RangeError} when an argument is not what it should be; nothing has been sent then.
   */
  list(options: ListOptions = {}): AsyncGenerator<LockInfo, void, undefined> {
    checkList(options, this.#settings);
    this.#assertOpen();
    return this.#inspector.list(options.prefix ?? '', [options.signal, this.#closing.signal]);
  }

  /**
   * Frees a lock whoever holds it, on all nodes. Those who wait for it are told at once, and so is its holder, if it uses
   * this library and is there: its `signal` aborts. Otherwise it learns of it with its next heartbeat.
   *
   * @returns whether anybody held it, or with `token` whether that holder did.
   * @throws {QuorumError} when too few nodes answered. On others it may be free.
   * @throws {LockerClosedError} when the locker is closed.
   * @throws {TypeError | RangeError} when an argument is not what it should be; nothing has been sent then.
   */
  async forceRelease(resource: string, options: ForceReleaseOptions = {}): Promise<boolean> {
    checkResource(resource, this.#settings);
    checkForceRelease(options);
    this.#assertOpen();
    return this.#inspector.forceRelease(resource, options.token);
  }

  /**
   * Releases what is held and refuses what comes; those who wait are told with a {@link LockerClosedError}.
   * The signals of locks that are still held abort first. The clients stay open: they are yours. Never rejects.
   */
  async close(): Promise<void> {
    this.#closing.abort(new LockerClosedError());
    const held = this.#heartbeat.locks.map(({lock}) => lock);
    for (const lock of held) lock.lose('its locker was closed');
    await Promise.all(held.map((lock) => lock.release()));
    await this.#lines?.close();
    await this.#leases.close();
    this.#heartbeat.close();
    await this.#worker.close();
    this.#wakeUps.close();
    this.#forcedReleases.close();
  }

  /** Closes the locker at the end of an `await using` scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkKeepAlive({keepAlive}: {readonly keepAlive: boolean | 'worker'}): void {
    if (keepAlive === 'worker') this.#worker.check();
  }

  #assertOpen(): void {
    this.#closing.signal.throwIfAborted();
  }

  /** The common case, with nothing set up for waiting: nobody of this process is before us. */
  #mayAskAtOnce(request: Request, ticket: Ticket): boolean {
    // An attempt asks the nodes twice at the most; who has that long needs no clock for the first one.
    const isShort = 2 * this.#leases.nodeTimeoutMs(request.ttlMs) <= request.timeoutMs;
    return isShort && ticket.isCalled && this.#pauseMs(request) === 0;
  }

  async #waitFor(
    request: Request,
    ticket: Ticket,
    startedAt: number,
    first: Miss | undefined,
  ): Promise<Lease> {
    const {resources, ttlMs, lockDelayMs} = request;
    let last = first;
    const leftMs = startedAt + request.timeoutMs - this.#clock.now();
    using patience = this.#patience(request, leftMs, () => last);
    await ticket.turn(patience);
    using sleeper = new Sleeper(
      this.#wakeUps,
      this.#leases.names(resources),
      this.#settings.random,
    );
    const pauseMs = first === undefined ? this.#pauseMs(request) : 0;
    if (pauseMs > 0) await sleeper.pause(patience.signal, pauseMs);
    const attempt = first ?? (await this.#attempt(request, patience));
    if (attempt.kind === 'won') return attempt.value;
    return await acquire<Lease>(patience.signal, {
      first: attempt,
      attempt: (failures) => {
        sleeper.reset();
        return this.#leases.attempt(request, failures);
      },
      undo: (won) => this.#leases.release(won),
      sleep: (awake, ms, miss) => sleeper.sleep(awake, ms, miss),
      quorum: this.#settings.quorum,
      longestSleepMs: ttlMs + lockDelayMs,
      onMiss: (miss) => (last = miss),
      random: this.#settings.random,
    });
  }

  /** The first attempt, with nothing set up for waiting: most are decided by it. */
  #attempt(
    request: Request,
    ending: AbortSignal | Ending | undefined,
    at?: number,
  ): Promise<Attempt> {
    if (ending === undefined) return this.#leases.attempt(request, 0, at);
    return unlessOver(
      ending,
      (): Promise<Attempt> => this.#leases.attempt(request, 0, at),
      (won: Lease) => this.#leases.release(won),
    );
  }

  async #acquireInLine(request: Request, lines: Lines): Promise<Lock> {
    let last: Miss | undefined;
    using patience = this.#patience(request, request.timeoutMs, () => last);
    const lease = await lines.acquire(patience, request, (miss) => (last = miss));
    if (!this.#isWanted(request)) await this.#giveBack(lease, request);
    return this.#hold(lease, request, undefined);
  }

  /** `last` is how the last attempt ended, which is told when the time is over. */
  #patience(
    {resources, timeoutMs, signal}: Request,
    leftMs: number,
    last: () => Miss | undefined,
  ): Patience {
    const timedOut = (): Error => {
      const miss = last();
      if (miss?.kind === 'failed') return miss.error;
      const isEndless = miss?.kind === 'busy' && miss.isEndless === true;
      const why = isEndless ? ': its key has no time to live' : '';
      return new LockTimeoutError(resources, timeoutMs, why);
    };
    return new Patience(leftMs, timedOut, [signal, this.#closing.signal]);
  }

  #pauseMs({resources}: Request): number {
    return this.#courtesy.pauseMs(resources, this.#queue.run(resources));
  }

  #isWanted({signal}: Request): boolean {
    return !this.#closing.signal.aborted && signal?.aborted !== true;
  }

  /** Makes a lock of a lease. */
  #hold(lease: Lease, request: Request, ticket: Ticket | undefined): Lock {
    const holding = new Holding(lease, request, ticket, this.#keeper);
    const {askedAt, deadline} = lease;
    // What is given to one in line ends long before its own ttl.
    this.#heartbeat.add(holding, askedAt, (askedAt + deadline) / 2);
    this.#forcedReleases.begin();
    return holding.lock;
  }

  async #giveBack(lease: Lease, {signal}: Request): Promise<never> {
    await this.#leases.release(lease);
    this.#assertOpen();
    throw signal?.reason;
  }

  #forced(node: number, token: string): void {
    for (const holding of this.#heartbeat.locks) {
      const isLost = holding.token === token && holding.forcedOn(node);
      if (isLost) holding.lock.lose('it was released by force');
    }
  }

  /** Others may be waiting elsewhere, if so many clients were listening. */
  #released(names: LeaseNames, listening: number): void {
    const ourselves = this.#wakeUps.heard(names);
    // A Cluster may count those alone who listen at one of its servers: where we have had to wait, others may too.
    const mayOthersWait = this.#settings.isCluster && ourselves > 0;
    this.#courtesy.released(names.resources, mayOthersWait || listening > ourselves);
  }
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);
