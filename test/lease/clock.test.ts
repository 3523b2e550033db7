import {Clock, type Clocks} from '#internal/lease/clock.js';
import {expect} from 'chai';

import {seededRandom} from '../shuffle.js';

/** The clocks of a machine to which things can be done. */
class Machine implements Clocks {
  #monotonicMs = 5000;
  #wallMs = 1_700_000_000_000;

  monotonic(): number {
    return this.#monotonicMs;
  }

  wall(): number {
    return Math.floor(this.#wallMs);
  }

  run(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  suspend(ms: number): void {
    this.#wallMs += ms;
  }

  setWall(byMs: number): void {
    this.#wallMs += byMs;
  }
}

function setUp(): {machine: Machine; clock: Clock; elapsedMs: () => number} {
  const machine = new Machine();
  const clock = new Clock(machine);
  const start = clock.now();
  return {machine, clock, elapsedMs: () => clock.now() - start};
}

describe('the clock', () => {
  it('runs with the monotonic clock', () => {
    const {machine, elapsedMs} = setUp();

    machine.run(1234.5);

    expect(elapsedMs()).to.equal(1234.5);
  });

  it('counts the time for which the machine was suspended, while the monotonic clock stood still', () => {
    const {machine, elapsedMs} = setUp();

    machine.run(100);
    machine.suspend(3_600_000);
    machine.run(50);

    expect(elapsedMs()).to.be.closeTo(3_600_150, 2);
  });

  it('counts every forward step of the wall clock as time that has passed', () => {
    const {machine, elapsedMs} = setUp();

    machine.setWall(60_000);
    const afterOne = elapsedMs();
    machine.run(10);
    machine.setWall(30_000);
    const afterTwo = elapsedMs();

    expect(afterOne).to.be.closeTo(60_000, 2);
    expect(afterTwo).to.be.closeTo(90_010, 4);
  });

  it('adds up many small forward steps, each too small to be told from a rounded reading', () => {
    const {machine, elapsedMs} = setUp();

    for (let step = 0; step < 1000; step += 1) {
      machine.run(10);
      machine.suspend(3);
      elapsedMs();
    }

    expect(elapsedMs()).to.be.within(13_000 - 10, 13_000 + 10);
  });

  it('does not go back when the wall clock is set back', () => {
    const {machine, elapsedMs} = setUp();

    machine.run(1000);
    machine.setWall(-3_600_000);
    const afterStep = elapsedMs();
    machine.run(500);

    expect(afterStep).to.equal(1000);
    expect(elapsedMs()).to.equal(1500);
  });

  it('still sees a forward step after the wall clock was set back', () => {
    const {machine, elapsedMs} = setUp();
    machine.setWall(-3_600_000);
    elapsedMs();

    machine.suspend(10_000);

    expect(elapsedMs()).to.be.closeTo(10_000, 2);
  });

  it('does not run ahead from the whole milliseconds of the wall clock, however often it is read', () => {
    const {machine, elapsedMs} = setUp();
    const random = seededRandom(1);
    let passedMs = 0;

    for (let reading = 0; reading < 200_000; reading += 1) {
      const stepMs = random() * 3;
      machine.run(stepMs);
      passedMs += stepMs;
      elapsedMs();
    }

    expect(elapsedMs()).to.be.closeTo(passedMs, 0.01);
  });

  it('never goes back and never falls behind the monotonic clock, whatever is done to the machine', () => {
    const random = seededRandom(2);
    for (let run = 0; run < 50; run += 1) {
      const {machine, elapsedMs} = setUp();
      let last = 0;
      let monotonicMs = 0;
      for (let step = 0; step < 200; step += 1) {
        const ms = random() * 10 ** Math.floor(random() * 7);
        const kind = random();
        if (kind < 0.4) {
          machine.run(ms);
          monotonicMs += ms;
        } else if (kind < 0.6) machine.suspend(ms);
        else machine.setWall(kind < 0.8 ? ms : -ms);

        const now = elapsedMs();

        expect(now).to.be.at.least(last);
        expect(now).to.be.at.least(monotonicMs - 0.001);
        last = now;
      }
    }
  });

  it('reads the clocks of this machine unless it is given others', () => {
    const clock = new Clock();
    const before = performance.now();

    const now = clock.now();

    expect(now).to.be.within(before, before + 1000);
  });
});
