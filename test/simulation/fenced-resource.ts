/** What locks are for: something that is written to, and refuses a smaller fence than it has seen. */
export class FencedResource {
  #largest = 0;
  /** The fences of what was written, in order. */
  readonly written: number[] = [];

  write(fence: number): boolean {
    if (fence < this.#largest) return false;
    this.#largest = fence;
    this.written.push(fence);
    return true;
  }
}
