import {expect} from 'chai';

import type {BoardState} from '#internal/cli/demo/board.js';
import {openScreen} from '#internal/cli/demo/open-screen.js';
import {Scene} from '#internal/cli/demo/scene.js';

const STATE: BoardState = {
  title: 'a title',
  setting: 'a setting',
  view: new Scene().view,
  caption: [['what is happening']],
  startedAt: 0,
  elapsedMs: 0,
  totalMs: 1000,
};
const ENTER = '\u001B[?1049h';
const LEAVE = '\u001B[?1049l';

describe('the screen of the demo', () => {
  it('draws over the same place in a terminal, and leaves the last picture and the end below', () => {
    const parts: string[] = [];
    const write = (part: string): number => parts.push(part);
    const screen = openScreen({write, isTTY: true, columns: 60, rows: 20});

    screen.show(STATE);
    screen.show(STATE);
    screen.end(STATE, [[['the end']]]);

    const [enter, first, second, leave, rest] = parts;
    expect(enter).to.contain(ENTER);
    expect(first).to.equal(second);
    expect(first?.startsWith('\u001B[H')).to.equal(true);
    expect(leave).to.contain(LEAVE);
    expect(rest).to.match(/a title[^]*what is happening[^]*\n\nthe end\n$/);
  });

  it('writes plain lines, and the title once, where there is no terminal', () => {
    const parts: string[] = [];
    const screen = openScreen({write: (part) => parts.push(part)});

    screen.show(STATE);
    screen.show({...STATE, elapsedMs: 1010});
    screen.end(STATE, [[['the end', 'good']]]);

    expect(parts).to.deep.equal([
      'a title · a setting\n',
      '  1.01 s inside nobody  turns 0   waiting 0   hand-over none yet   overlaps 0\n',
      '\n',
      'the end\n',
    ]);
  });
});
