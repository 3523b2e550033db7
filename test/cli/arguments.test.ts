import {expect} from 'chai';

import {HELP, parse, type Grammar} from '#internal/cli/arguments.js';
import {flag, text, texts, time, whole} from '#internal/cli/option.js';

const LOUD = flag({name: 'loud', short: 'l', about: ''});
const NAME = text({name: 'name', about: ''});
const URLS = texts({name: 'url', short: 'u', about: ''});
const WAIT = time({name: 'wait', about: ''});
const COUNT = whole({name: 'count', about: ''}, 2, 9);

const GRAMMAR: Grammar = {
  name: 'go',
  operands: ['place'],
  takesCommand: false,
  options: [LOUD, NAME, URLS, WAIT, COUNT],
};
const RUNS: Grammar = {...GRAMMAR, takesCommand: true};

const saying = (args: readonly string[], grammar = GRAMMAR): string => {
  try {
    parse(args, grammar);
    return 'nothing';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

describe('a command line', () => {
  it('has operands and options in any order', () => {
    const args = parse(
      ['-l', '--url', 'a', 'here', '-u', 'b', '--wait=1.5s', '--name', 'x'],
      GRAMMAR,
    );

    expect(args.operands).to.deep.equal(['here']);
    expect(args.get(LOUD)).to.equal(true);
    expect(args.get(URLS)).to.deep.equal(['a', 'b']);
    expect(args.get(WAIT)).to.equal(1500);
    expect(args.get(NAME)).to.equal('x');
  });

  it('has none of the options that are not there', () => {
    const args = parse(['here'], GRAMMAR);

    expect([args.get(LOUD), args.get(NAME), args.get(WAIT)]).to.deep.equal([
      false,
      undefined,
      undefined,
    ]);
    expect(args.get(URLS)).to.deep.equal([]);
  });

  it('takes the last of what can be said once', () => {
    expect(parse(['here', '--name', 'a', '--name', 'b'], GRAMMAR).get(NAME)).to.equal('b');
  });

  it('leaves everything behind -- to the command', () => {
    const args = parse(['here', '-l', '--', 'ls', '--loud', '--', '--help', '-x'], RUNS);

    expect(args.command).to.deep.equal(['ls', '--loud', '--', '--help', '-x']);
    expect(args.get(HELP)).to.equal(false);
  });

  it('asks for help whatever else is missing', () => {
    expect(parse(['-h'], RUNS).get(HELP)).to.equal(true);
  });

  const refused: readonly (readonly [string, readonly string[], string, Grammar?])[] = [
    ['an unknown option, with the nearest one', ['here', '--lout'], 'did you mean --loud?'],
    ['an option that is like no other', ['here', '--other'], 'Unknown option --other'],
    ['an unknown letter', ['here', '-x'], 'Unknown option -x'],
    ['a missing operand', [], 'Expected a place after "holdfast go"'],
    ['an operand too many', ['here', 'there'], 'Unexpected "there"'],
    ['a command without --', ['here', 'ls'], 'put -- before the command', RUNS],
    ['a missing command', ['here', '--'], 'Expected a command to run', RUNS],
    ['a command where there is none to run', ['here', '--', 'ls'], 'Unexpected "ls" after --'],
    ['a missing value', ['here', '--name'], '--name needs a value: --name <text>'],
    ['an empty value', ['here', '--name='], '--name needs a value'],
    ['an option in the place of a value', ['here', '--name', '--loud'], '--name needs a value'],
    ['a value for a switch', ['here', '--loud=no'], '--loud takes no value, got "no"'],
    ['a time without a unit', ['here', '--wait', '10'], 'did you mean 10s or 10ms?'],
    ['a time of no known unit', ['here', '--wait', '10x'], 'got "10x"'],
    ['a time that is too short', ['here', '--wait', '0s'], 'to be at least 1ms, got "0s"'],
    ['a number out of its range', ['here', '--count', '10'], 'from 2 to 9, got "10"'],
    ['what is no number', ['here', '--count', '3.5'], 'a whole number'],
  ];
  for (const [title, args, message, grammar] of refused) {
    it(`is refused with ${title}`, () => {
      expect(saying(args, grammar)).to.contain(message);
    });
  }
});
