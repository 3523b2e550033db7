import {expect} from 'chai';

import {board, type BoardState} from '#internal/cli/demo/board.js';
import {Scene} from '#internal/cli/demo/scene.js';
import {colours, noColours, toText} from '#internal/cli/text.js';

describe('the board', () => {
  it('shows for each process what it does, its fence, its sections and its turns', () => {
    const text = draw(someTurns(), 100);

    expect(rowOf(text, 101)).to.match(/^ {3}101 +resting +1838560843000101 +1 +█··/);
    expect(rowOf(text, 102)).to.match(/^ {3}102 +resting +1838560843000102 +1 +5\.00 ms +·█·/);
    expect(rowOf(text, 103)).to.match(/^ ▶ 103 +HOLDING +1838560843000103 +0 +12\.0 ms +··█/);
  });

  it('says how the hand-overs went, who waits and that nobody met', () => {
    const scene = someTurns();
    scene.report(101, {kind: 'waiting', at: 260});

    expect(draw(scene, 80)).to.contain(
      ' turns 3   waiting 1   hand-over median 12.0 ms, max 12.0 ms   overlaps 0\n',
    );
  });

  it('marks the turn in which a process was killed, and who took over from it', () => {
    const scene = someTurns();
    const diedInside = scene.died(103, 300);
    scene.report(101, {kind: 'holding', at: 2290, fence: 1838560843000104});

    const text = draw(scene, 100);

    expect(diedInside).to.equal(true);
    expect(rowOf(text, 103)).to.match(/dead .*··✗ $/);
    expect(rowOf(text, 101)).to.match(/▶ 101 .*HOLDING .* 1\.99 s +█··█$/);
    expect(text).to.contain('101 took over from the dead 103 after 1.99 s, fence …00104');
  });

  it('puts a hand-over right whose two ends are reported the wrong way round', () => {
    const scene = new Scene();
    for (const pid of [101, 102]) scene.born(pid, 0);

    scene.report(101, {kind: 'holding', at: 10, fence: 1});
    scene.report(102, {kind: 'holding', at: 33, fence: 2});
    scene.report(101, {kind: 'released', at: 30, fence: 1});

    expect(rowOf(draw(scene, 100), 102)).to.match(/▶ 102 +HOLDING +2 +0 +3\.00 ms +·█$/);
  });

  it('shows an overlap in the numbers and among what happened', () => {
    const scene = someTurns();

    scene.report(101, {kind: 'overlap', at: 250, other: '103 with fence 3'});

    const text = draw(scene, 100);
    expect(text).to.contain('overlaps 1');
    expect(text).to.contain('OVERLAP: 101 met 103 with fence 3');
  });

  for (const columns of [40, 80, 120]) {
    it(`stays within ${columns} columns and within the rows of the terminal`, () => {
      const scene = someTurns();
      for (let count = 0; count < 200; count += 1) {
        scene.report(103, {kind: 'released', at: 300 + 2 * count, fence: 103 + count});
        scene.report(103, {kind: 'holding', at: 301 + 2 * count, fence: 104 + count});
      }

      const lines = draw(scene, columns).split('\n');

      expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(columns);
      expect(lines).to.have.length(23);
    });
  }

  it('cuts a line where the terminal ends, and does not count codes of colour as columns', () => {
    const text = toText([['abc', 'good'], ['def'], ['ghi', 'dead']], 5, colours);

    expect(text).to.equal('\u001B[32mabc\u001B[0mde');
  });
});

const FENCE = 1_838_560_843_000_000;

/** 101 and 102 had their turn, and 103 has it. */
function someTurns(): Scene {
  const scene = new Scene();
  for (const pid of [101, 102, 103]) {
    scene.born(pid, 0);
    scene.report(pid, {kind: 'waiting', at: 5});
  }
  scene.report(101, {kind: 'holding', at: 10, fence: FENCE + 101});
  scene.report(101, {kind: 'released', at: 100, fence: FENCE + 101});
  scene.report(102, {kind: 'holding', at: 105, fence: FENCE + 102});
  scene.report(102, {kind: 'released', at: 200, fence: FENCE + 102});
  scene.report(103, {kind: 'holding', at: 212, fence: FENCE + 103});
  return scene;
}

function draw({view}: Scene, columns: number): string {
  const state: BoardState = {
    title: 'a title',
    setting: 'a setting',
    view,
    caption: [['what is happening']],
    startedAt: 0,
    elapsedMs: 250,
    totalMs: 1000,
  };
  const lines = board(state, {columns, rows: 23});
  return lines.map((line) => toText(line, columns, noColours)).join('\n');
}

const rowOf = (text: string, pid: number): string | undefined =>
  text.split('\n').find((line) => line.slice(3).startsWith(`${pid} `));
