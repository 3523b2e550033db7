import {expect} from 'chai';
import {
  HoldfastError,
  LockLostError,
  LockTimeoutError,
  LockerClosedError,
  NodeError,
  QuorumError,
} from 'holdfast';
import {readFileSync} from 'node:fs';

import {commands} from '#internal/cli/commands.js';
import {EXIT} from '#internal/cli/exit-codes.js';
import {failureOf, main} from '#internal/cli/main.js';
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

  it('knows the short names of what it may be asked for', async () => {
    const [help, version, other] = [fakeContext(), fakeContext(), fakeContext()];

    await main(['-h'], help);
    await main(['help'], other);

    expect(help.said.stdout).to.contain('Usage: holdfast <command>').and.equal(other.said.stdout);
    expect(await main(['-V'], version)).to.equal(EXIT.ok);
    expect(version.said.stdout).to.match(/^\d+\.\d+/);
  });

  it('has an exit code for each error, and shows where one comes from that nobody expected', () => {
    const cause = new NodeError(0, new Error('gone'), undefined);
    const failures = [
      new CliError(42, 'no'),
      new QuorumError(['a'], 'No quorum', [cause]),
      cause,
      new LockTimeoutError(['a'], 5, ''),
      new LockLostError(['a'], 'it was released'),
      new RangeError('Expected `ttlMs` to be more, got 5'),
      new LockerClosedError(),
    ].map((error) => failureOf(error));

    expect(failures.map(({code}) => code)).to.deep.equal([
      42,
      EXIT.unavailable,
      EXIT.unavailable,
      EXIT.busy,
      EXIT.lost,
      EXIT.usage,
      EXIT.fault,
    ]);
    expect(new LockerClosedError()).to.be.instanceOf(HoldfastError);
    expect(failureOf(new RangeError('a bug')).message).to.contain('main.test');
    expect(failureOf('a text')).to.deep.equal({code: EXIT.fault, message: 'a text'});
  });

  it('refuses what does not fit together, before it connects to anything', async () => {
    const refused = [
      [['run', 'x', '--ttl', '2s', '--grace', '1500ms', '--', 'ls'], '--grace'],
      [['run', 'x', '--wait', '1s', '--no-wait', '--', 'ls'], '--wait or --no-wait'],
      [['demo', '-r', 'redis+sentinel://a/main'], 'got that of a Sentinel'],
      [['who', 'x', '--cluster', '-r', 'redis+sentinel://a/main'], 'urls of a Cluster'],
      [['who', 'x', '--cluster', '-r', 'unix:///a', '-r', 'redis://b'], 'urls of a Cluster'],
    ] as const;

    for (const [args, why] of refused) {
      const context = fakeContext();
      expect(await main(args, context)).to.equal(EXIT.usage);
      expect(context.said.stderr).to.contain(why);
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

    const far = fakeContext();
    expect(await main(['deploy'], far)).to.equal(EXIT.usage);
    expect(far.said.stderr).to.contain('see holdfast --help');
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
    const other = new Error('a bug');
    expect(await rejectionOf(withIoredis(() => Promise.reject(other)))).to.equal(other);
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
