/** What happened in a run, in order, and what of it should not have happened. */
export class History {
  readonly #now: () => number;
  readonly #events: string[] = [];
  readonly violations: string[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  note(text: string): void {
    this.#events.push(`${this.#now().toFixed(1).padStart(9)}  ${text}`);
  }

  /** Something that must never be. */
  violate(text: string): void {
    this.violations.push(text);
    this.note(`VIOLATION: ${text}`);
  }

  toString(): string {
    return this.#events.join('\n');
  }
}
