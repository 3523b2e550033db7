/** Something that locks, as a benchmark sees it. */
export interface Subject {
  /** Acquires and releases once. */
  section(resource: string): Promise<void>;
  close(): Promise<void>;
}
