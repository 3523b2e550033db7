import type {Report} from './report.js';
import {handOverMs, type Turn} from './turn.js';
import {fenceText, msText} from './words.js';

export type PlayerState = 'starting' | 'waiting' | 'holding' | 'resting' | 'dead';

/** A process that wants the lock. */
export interface Player {
  readonly pid: number;
  readonly bornAt: number;
  readonly state: PlayerState;
  readonly fence: number | undefined;
  readonly sections: number;
  readonly handOverMs: number | undefined;
  readonly diedAt: number | undefined;
}

/** Something that happened. A loud one is worth a line of its own even when nobody watches live. */
export interface Happening {
  readonly at: number;
  readonly text: string;
  readonly isLoud: boolean;
}

/** All that is known of the contention at one moment. */
export interface View {
  readonly players: readonly Player[];
  readonly turns: readonly Turn[];
  readonly happenings: readonly Happening[];
  readonly overlaps: number;
  readonly holder: Turn | undefined;
}

/** Puts together what the processes report. */
export class Scene {
  readonly #players = new Map<number, Player>();
  readonly #turns: Turn[] = [];
  readonly #happenings: Happening[] = [];
  #overlaps = 0;

  get view(): View {
    const holder = this.#turns.at(-1);
    return {
      players: [...this.#players.values()],
      turns: this.#turns,
      happenings: this.#happenings,
      overlaps: this.#overlaps,
      holder: holder?.endedAt === undefined ? holder : undefined,
    };
  }

  born(pid: number, bornAt: number): void {
    this.#players.set(pid, {
      pid,
      bornAt,
      state: 'starting',
      fence: undefined,
      sections: 0,
      handOverMs: undefined,
      diedAt: undefined,
    });
  }

  /** @returns whether it died inside. */
  died(pid: number, diedAt: number): boolean {
    this.#change(pid, {state: 'dead', diedAt});
    const turn = this.#turns.findLast((one) => one.pid === pid);
    if (turn === undefined || turn.endedAt !== undefined) return false;
    this.#end(pid, turn.fence, diedAt, true);
    return true;
  }

  tell(at: number, text: string): void {
    this.#happenings.push({at, text, isLoud: true});
  }

  report(pid: number, report: Report): void {
    switch (report.kind) {
      case 'waiting':
        this.#change(pid, {state: 'waiting'});
        break;
      case 'holding':
        this.#change(pid, {state: 'holding', fence: report.fence});
        this.#begin(pid, report);
        break;
      case 'released':
        this.#change(pid, {state: 'resting', sections: this.#sectionsOf(pid) + 1});
        this.#end(pid, report.fence, report.at, false);
        break;
      case 'overlap':
        this.#overlaps += 1;
        this.tell(report.at, `OVERLAP: ${pid} met ${report.other}`);
        break;
      case 'trouble':
        this.#change(pid, {state: 'resting'});
        this.tell(report.at, `${pid} is in trouble: ${report.why}`);
        break;
      default:
        report satisfies never;
    }
  }

  // Reports of different processes overtake each other: the time they bear says where a turn belongs.
  #begin(pid: number, {at, fence}: Extract<Report, {kind: 'holding'}>): void {
    const turn = {pid, fence, acquiredAt: at, endedAt: undefined, wasKilled: false};
    const before = this.#turns.findLastIndex((one) => one.acquiredAt < at);
    this.#turns.splice(before + 1, 0, turn);
    this.#settle(before + 1);
    this.#settle(before + 2);
  }

  #end(pid: number, fence: number, endedAt: number, wasKilled: boolean): void {
    const index = this.#turns.findLastIndex((one) => one.pid === pid && one.fence === fence);
    const turn = this.#turns[index];
    if (turn === undefined) return;
    this.#turns[index] = {...turn, endedAt, wasKilled};
    this.#settle(index + 1);
  }

  /** Says how long a hand-over took, once both ends of it are known. */
  #settle(index: number): void {
    const ms = handOverMs(this.#turns, index);
    const [from, to] = [this.#turns[index - 1], this.#turns[index]];
    if (ms === undefined || from === undefined || to === undefined) return;
    this.#change(to.pid, {handOverMs: ms});
    const how = from.wasKilled ? 'took over from the dead' : 'follows';
    this.#happenings.push({
      at: to.acquiredAt,
      text: `${to.pid} ${how} ${from.pid} after ${msText(ms)}, fence ${fenceText(to.fence)}`,
      isLoud: from.wasKilled,
    });
  }

  #change(pid: number, change: Partial<Player>): void {
    const player = this.#players.get(pid);
    if (player !== undefined) this.#players.set(pid, {...player, ...change});
  }

  #sectionsOf(pid: number): number {
    return this.#players.get(pid)?.sections ?? 0;
  }
}
