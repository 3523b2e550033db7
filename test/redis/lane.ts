import type {Socket} from 'node:net';

/** How one direction of a proxy treats bytes; shared by all its connections. */
export type Rules = {
  mode: 'pass' | 'hold' | 'drop';
  delayMs: number;
};

/** One direction of one connection. Bytes stay in order, whatever the rules do meanwhile. */
export class Lane {
  readonly #to: Socket;
  readonly #rules: Readonly<Rules>;
  readonly #queue: {readonly bytes: Buffer; readonly dueMs: number}[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, rules: Readonly<Rules>) {
    this.#to = to;
    this.#rules = rules;
    from.on('data', (bytes: Buffer) => this.#push(bytes));
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }

  flush(): void {
    clearTimeout(this.#timer);
    while (this.#rules.mode !== 'hold' && !this.#to.destroyed) {
      const next = this.#queue[0];
      if (next === undefined) return;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.flush(), Math.ceil(waitMs));
        return;
      }
      this.#to.write(next.bytes);
      this.#queue.shift();
    }
  }

  #push(bytes: Buffer): void {
    if (this.#rules.mode === 'drop') return;
    this.#queue.push({bytes, dueMs: performance.now() + this.#rules.delayMs});
    this.flush();
  }
}
