import {expect} from 'chai';
import {Locker, type Lock, type SectionOptions} from 'holdfast';

// What is claimed here is claimed to the compiler: the tests run nothing but what these types let through.
type Same<A, B> = [A, B] extends [B, A] ? true : false;

/** Compiles only when a value has exactly this type. */
const is =
  <Expected>() =>
  <Actual>(
    _value: Actual,
    ..._proof: Same<Actual, Expected> extends true ? [] : [never]
  ): void => {};

const locker = new Locker({send: () => Promise.reject(new Error('nothing is sent'))});

/** Compiled, and never called. */
const compiled = (_claims: () => unknown): void => {};

const ofNumber = (id: number): string => `a:${id}`;
const noName = (): number => 1;

class Account {
  readonly id = 'a';

  @locker.locked('account')
  async plain(amount: number): Promise<number> {
    return amount;
  }

  @locker.locked((region: string) => `account:${region}`)
  async byArgument(region: string, amount: number): Promise<string> {
    return region + String(amount);
  }

  @locker.locked(function (this: Account) {
    return ['account', this.id];
  })
  async byThis(): Promise<string> {
    return this.id;
  }

  @locker.locked('account', {ifBusy: 'skip'})
  async skipped(): Promise<number | undefined> {
    return 1;
  }

  @locker.locked('account', {ifBusy: 'wait', ttlMs: 500})
  static async ofTheClass(): Promise<number> {
    return 2;
  }

  @locker.locked((by?: number) => `account:${by ?? 0}`)
  async optional(by?: number, ..._rest: string[]): Promise<number> {
    return by ?? 0;
  }
}

/** Throws, since its last decorator stands on a field. */
const refused = (): unknown => {
  class Refused {
    // @ts-expect-error of an argument of another type
    @locker.locked((id: number) => `a:${id}`)
    async other(id: string): Promise<string> {
      return id;
    }

    // @ts-expect-error of more arguments than there are
    @locker.locked((id: string) => id)
    async none(): Promise<void> {}

    // @ts-expect-error of another this
    @locker.locked(function (this: {name: string}) {
      return this.name;
    })
    async stranger(): Promise<void> {}

    // @ts-expect-error no promise
    @locker.locked('a')
    plain(): number {
      return 1;
    }

    // @ts-expect-error may give undefined
    @locker.locked('a', {ifBusy: 'skip'})
    async skipped(): Promise<number> {
      return 1;
    }

    // @ts-expect-error no method
    @locker.locked('a')
    field = 1;
  }
  return Refused;
};

describe('the types of critical sections', () => {
  it('give the result of the work, and its lock', () => {
    compiled(async () => {
      is<number>()(await locker.using('a', () => 1));
      is<string>()(await locker.using(['a', 'b'], {ttlMs: 500}, async () => 'x'));
      is<Lock>()(await locker.using('a', (lock) => lock));
      is<void>()(await locker.using('a', () => {}));
      is<number>()(await locker.using('a', {ifBusy: 'wait'}, () => 1));
      is<number>()(await locker.using('a', {}, () => 1));
      is<Lock>()(await locker.using('a', {ifBusy: 'wait', timeoutMs: 5}, async (lock) => lock));
    });
  });

  it('give undefined as well when the section may be skipped, and only then', () => {
    compiled(async () => {
      is<number | undefined>()(await locker.using('a', {ifBusy: 'skip'}, () => 1));
      is<string | undefined>()(
        await locker.using('a', {ifBusy: 'skip', ttlMs: 5}, async () => 'x'),
      );
      const options: SectionOptions = {};
      is<number | undefined>()(await locker.using('a', options, () => 1));
      const waiting: SectionOptions<'wait'> = {ttlMs: 5};
      is<number>()(await locker.using('a', waiting, () => 1));
      const skipping = locker.wrap('a', async () => 1 as const, {ifBusy: 'skip'});
      is<(this: unknown) => Promise<1 | undefined>>()(skipping);
    });
  });

  it('refuse options that are not known, and words that are not known', () => {
    compiled(() => {
      // @ts-expect-error no such option
      void locker.using('a', {timeout: 5}, () => 1);
      // @ts-expect-error no such word
      void locker.using('a', {ifBusy: 'throw'}, () => 1);
      // @ts-expect-error no such option
      locker.wrap('a', () => 1, {timeout: 5});
      // @ts-expect-error no such option
      locker.locked('a', {timeout: 5});
      // @ts-expect-error no work
      void locker.using('a', {});
    });
  });

  it('keep the arguments and the this of a wrapped function', () => {
    compiled(async () => {
      const pay = locker.wrap('a', async (id: string, amount: number = 1) => id.length + amount);
      is<(this: unknown, id: string, amount?: number) => Promise<number>>()(pay);
      // @ts-expect-error not a string
      void pay(1);

      const plain = locker.wrap('a', (): number => 1);
      is<(this: unknown) => Promise<number>>()(plain);

      const ofAccount = locker.wrap('a', function (this: Account, ..._amounts: number[]): Account {
        return this;
      });
      is<(this: Account, ..._amounts: number[]) => Promise<Account>>()(ofAccount);
      is<Account>()(await ofAccount.call(new Account(), 1, 2));
      // @ts-expect-error without a this
      void ofAccount(1);
    });
  });

  it('let a resource be made of the first arguments and of this', () => {
    compiled(() => {
      const bare = locker.wrap(
        (id) => id.toUpperCase(),
        async (id: string, amount: number) => void [id, amount],
      );
      is<(this: unknown, id: string, amount: number) => Promise<undefined>>()(bare);
      const typed = locker.wrap(
        (id: string) => [id],
        async (id: string, amount: number) => void [id, amount],
      );
      is<(this: unknown, id: string, amount: number) => Promise<undefined>>()(typed);
      locker.wrap(
        function () {
          return this.id;
        },
        async function (this: Account) {},
      );
      // @ts-expect-error of a number
      locker.wrap(ofNumber, async (id: string) => id);
      // @ts-expect-error no name
      locker.wrap(noName, async () => 1);
    });
  });

  it('leave a decorated method as it was', () => {
    compiled(() => {
      const account = new Account();
      is<Promise<number>>()(account.plain(1));
      is<Promise<string>>()(account.byArgument('eu', 1));
      // @ts-expect-error not a number
      void account.plain('1');
      is<Promise<number | undefined>>()(account.skipped());
    });
  });

  it('refuse a decorator where it does not fit', () => {
    expect(refused).to.throw(TypeError, 'on a method');
  });
});
