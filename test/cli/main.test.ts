import {expect} from 'chai';
import {readFileSync} from 'node:fs';

import {commands} from '#internal/cli/commands.js';
import {EXIT} from '#internal/cli/exit-codes.js';
import {main} from '#internal/cli/main.js';
import {nearest} from '#internal/cli/nearest.js';
import {paintFor} from '#internal/cli/output.js';
import {CliError} from '#internal/cli/cli-error.js';
import {withIoredis} from '#internal/cli/redis/with-ioredis.js';

import {inCode, read, rows, section} from '../docs/pages.js';
import {rejectionOf} from '../rejection.js';
import {fakeContext} from './fake-context.js';

describe('holdfast', () => {
  it('shows its help for --help, and as a complaint when it is told nothing', async () => {
    const asked = fakeContext();
    const bare = fakeContext();

    const codes = [await main(['--help'], asked), await main([], bare)];

    expect(codes).to.deep.equal([EXIT.ok, EXIT.usage]);
    expect(asked.said.stdout).to.contain('Usage: holdfast <command>');
    expect(bare.said.stderr).to.equal(asked.said.stdout);
  });

  for (const command of commands) {
    it(`explains ${command.name} in 80 columns, with every option`, async () => {
      const [one, other] = [fakeContext(), fakeContext()];

      await main([command.name, '--help'], one);
      await main(['help', command.name], other);

      expect(one.said.stdout).to.equal(other.said.stdout);
      expect(one.said.stdout).to.contain(`Usage: holdfast ${command.name}`);
      for (const {name} of command.options) expect(one.said.stdout).to.contain(`--${name}`);
      for (const line of one.said.stdout.split('\n')) expect(line).to.have.length.at.most(80);
    });
  }

  it('has different letters and names for the options of a command', () => {
    for (const {options} of commands) {
      const names = options.flatMap(({name, short}) => [name, short ?? name + name]);

      expect(new Set(names).size).to.equal(names.length);
    }
  });

  it('says its version', async () => {
    const context = fakeContext();
    const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string};

    expect(await main(['--version'], context)).to.equal(EXIT.ok);
    expect(context.said.stdout).to.equal(`${version}\n`);
  });

  it('refuses an unknown command, with the one that was probably meant', async () => {
    const context = fakeContext();

    expect(await main(['rnu'], context)).to.equal(EXIT.usage);
    expect(context.said.stderr).to.equal('holdfast: Unknown command "rnu"; did you mean run?\n');
  });

  it('refuses options before the command, and the same server twice', async () => {
    const context = fakeContext();

    expect(await main(['--quiet', 'run'], context)).to.equal(EXIT.usage);
    expect(
      await main(['run', 'x', '-r', 'redis://a', '-r', 'redis://a:6379', '--', 'ls'], context),
    ).to.equal(EXIT.usage);
    expect(context.said.stderr).to.contain('got redis://a:6379 twice');
  });

  it('says what to install when ioredis is not there', async () => {
    const absent = Object.assign(new Error('no such package'), {code: 'ERR_MODULE_NOT_FOUND'});

    const error = await rejectionOf(withIoredis(() => Promise.reject(absent)));

    expect(error).to.be.instanceOf(CliError).and.include({exitCode: EXIT.unavailable});
    expect(error).to.have.property('message').that.contains('npm install ioredis');
  });

  it('finds the nearest name, and none for what is far from all', () => {
    const names = ['run', 'release', 'list'];

    expect(nearest('rnu', names)).to.equal('run');
    expect(nearest('relaese', names)).to.equal('release');
    expect(nearest('deploy', names)).to.equal(undefined);
    expect(nearest('x', names)).to.equal(undefined);
  });

  it('colours for a terminal only, and not for one who declines', () => {
    const terminal = fakeContext({}, {isTTY: true}).stdout;
    const file = fakeContext().stdout;

    expect(paintFor(terminal, {})('good', 'x')).to.contain('\u001B[');
    expect(paintFor(terminal, {NO_COLOR: '1'})('good', 'x')).to.equal('x');
    expect(paintFor(terminal, {TERM: 'dumb'})('good', 'x')).to.equal('x');
    expect(paintFor(file, {})('good', 'x')).to.equal('x');
  });
});

describe('the page of the command line', () => {
  const page = 'docs/cli.md';

  it('has every command, with every option', () => {
    for (const command of commands) {
      const named = inCode(read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')).join(' ');
      expect(read(page)).to.contain(`\n### ${command.name}\n`);
      for (const {name} of command.options) expect(named).to.contain(`--${name}`);
    }
  });

  it('has every exit code', () => {
    const codes = rows(section(page, '## Exit codes')).map(([code = '']) => inCode(code)[0]);

    expect(codes.map((code = '') => Number.parseInt(code, 10))).to.have.members(
      Object.values(EXIT),
    );
  });
});
