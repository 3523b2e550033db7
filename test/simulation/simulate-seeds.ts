import {once} from 'node:events';
import {availableParallelism} from 'node:os';
import {Worker} from 'node:worker_threads';

/** What a thread is to do: every `step`-th seed. */
export interface Errand {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** The name of a rule to break. */
  readonly mutation: string | undefined;
  /** Whether to stop at the first failure. */
  readonly isToStop: boolean;
}

export interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly history: string;
}

/** What came of some seeds. */
export interface Report {
  readonly seeds: number;
  readonly sections: number;
  readonly raises: number;
  readonly failures: readonly Failure[];
}

export interface SeedsOptions {
  readonly from: number;
  readonly count: number;
  readonly mutation?: string;
  readonly isToStop?: boolean;
  readonly onProgress?: (report: Report) => void;
}

/** Simulates seed after seed, in as many threads as the machine has processors. */
export async function simulateSeeds(options: SeedsOptions): Promise<Report> {
  const {from, count, mutation, isToStop = false, onProgress} = options;
  const threads = Math.min(availableParallelism(), count);
  let total: Report = {seeds: 0, sections: 0, raises: 0, failures: []};
  const workers = Array.from({length: threads}, (_, thread) => {
    const errand: Errand = {
      from: from + thread,
      to: from + count,
      step: threads,
      mutation,
      isToStop,
    };
    const worker = new Worker(new URL('simulation.worker.js', import.meta.url), {
      workerData: errand,
    });
    worker.on('message', (report: Report) => {
      total = sum(total, report);
      onProgress?.(total);
      if (isToStop && report.failures.length > 0) stop();
    });
    return worker;
  });
  const stop = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  return total;
}

const sum = (a: Report, b: Report): Report => ({
  seeds: a.seeds + b.seeds,
  sections: a.sections + b.sections,
  raises: a.raises + b.raises,
  failures: [...a.failures, ...b.failures].toSorted((one, other) => one.seed - other.seed),
});
