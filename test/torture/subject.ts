/** A lock library, as a client process of the torture sees it. */
export interface Subject {
  /** Waits for the lock for about so long. Rejects when it is not obtained, for whatever reason. */
  acquire(resource: string, timeoutMs: number): Promise<Held>;
  close(): Promise<void>;
}

/** A lock that was obtained. */
export interface Held {
  /** Whether the library says now that it is held, by the best means that it documents. */
  isHeld(): boolean;
  /** Calls back when the library says that it is lost. Absent where it never does. */
  onLost?(callback: () => void): void;
  /** The fencing number, where there is one. */
  readonly fence?: number;
  release(): Promise<unknown>;
}

/** What a subject is made of. */
export interface SubjectOptions {
  /** One server each. */
  readonly urls: readonly string[];
  readonly ttlMs: number;
}
