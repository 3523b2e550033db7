const never = new Int32Array(new SharedArrayBuffer(4));

/** Lets the event loop stand still. It takes no core from the servers and threads that go on meanwhile. */
export function block(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
