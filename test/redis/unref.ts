/** Lets the process end in spite of this pipe of a child, a socket although its type hides it. */
export function unref(pipe: object): void {
  (pipe as {unref?: () => void}).unref?.();
}
