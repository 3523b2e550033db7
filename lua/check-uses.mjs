import luaparse from 'luaparse';

const globals = new Set(
  'KEYS ARGV redis string table math tonumber tostring type ipairs pairs unpack select next error pcall assert cjson'.split(
    ' ',
  ),
);

// Servers give the same random numbers in the same order, some of them anew in every call.
const refused = new Set(['math.random', 'math.randomseed', 'redis.setresp']);

/** Commands with one key, which is their first argument. */
const oneKey = new Set(
  `GET SET DEL EXISTS TYPE TTL PTTL EXPIRE PEXPIRE INCR INCRBY HGET HMGET HGETALL HSET HDEL HINCRBY HLEN SADD SREM SCARD
  LINDEX LLEN LPOP LPUSH LRANGE LREM LTRIM RPOP RPUSH XADD ZADD ZCARD ZCOUNT ZRANGE ZRANGEBYSCORE ZRANK ZREM
  ZREMRANGEBYSCORE ZREVRANGEBYSCORE ZSCORE`.split(/\s+/),
);
/** Commands of which every argument is a key. */
const allKeys = new Set(['MGET']);
const noKey = new Set(['TIME', 'PUBLISH', 'SPUBLISH', 'PUBSUB']);

/**
 * What a script does with globals and commands that it should not, and how it uses KEYS and ARGV: `literals` are the
 * numbers by which it takes from them, `computed` the expressions; `wholes` says which it uses as a whole.
 */
export function usesOf(text) {
  const uses = {
    faults: [],
    literals: {KEYS: new Set(), ARGV: new Set()},
    computed: {KEYS: [], ARGV: []},
    wholes: new Set(),
    counters: new Set(),
    keys: new Set(),
  };
  visit(luaparse.parse(text, {luaVersion: '5.1', scope: true, locations: true}), uses);
  return uses;
}

function visit(node, uses) {
  handlers[node.type]?.(node, uses);
  const children = Object.values(node).flat();
  for (const child of children) if (typeof child?.type === 'string') visit(child, uses);
}

// Each sees a node before its children are visited, and may mark them as harmless.
const handlers = {
  AssignmentStatement({variables}, uses) {
    for (const variable of variables) {
      const isNote = variable.type === 'MemberExpression' && isTable(variable.base);
      if (!isNote) refuseGlobal(variable, uses);
    }
  },

  FunctionDeclaration({identifier}, uses) {
    if (identifier !== null) refuseGlobal(identifier, uses);
  },

  Identifier(node, uses) {
    if (isTable(node) && !node.isSeen) uses.wholes.add(node.name);
    if (node.isLocal === false && !globals.has(node.name)) {
      fault(uses, node, `reads the global ${node.name}`);
    }
  },

  MemberExpression(node, uses) {
    const name = `${node.base.name}.${node.identifier.name}`;
    node.identifier.isLocal = true;
    // A name beside the arguments is a note for those who get the same table next.
    if (isTable(node.base)) node.base.isSeen = true;
    if (refused.has(name)) fault(uses, node, `uses ${name}`);
  },

  TableKeyString({key}) {
    key.isLocal = true;
  },

  UnaryExpression({operator, argument}) {
    if (operator === '#') argument.isSeen = true;
  },

  IndexExpression({base, index}, uses) {
    if (!isTable(base)) return;
    base.isSeen = true;
    if (index.type === 'NumericLiteral') uses.literals[base.name].add(index.value);
    else uses.computed[base.name].push(index);
  },

  ForNumericStatement({variable, start}, {counters}) {
    if (start.value === 1) counters.add(variable.name);
  },

  ForGenericStatement({variables, iterators}, {keys}) {
    const [call] = iterators;
    const isOfKeys = call.base?.name === 'ipairs' && call.arguments[0]?.name === 'KEYS';
    if (isOfKeys) keys.add(variables[1]?.name);
  },

  CallExpression({base, arguments: [name, key]}, uses) {
    if (base.base?.name !== 'redis' || !/^p?call$/.test(base.identifier.name)) return;
    // luaparse gives a string's value only to those who tell it the encoding.
    const command = name?.raw?.slice(1, -1).toUpperCase();
    if (noKey.has(command) || (allKeys.has(command) && isAllOfKeys(key))) return;
    // One that is computed is some user's, who answers for it; its key must be declared all the same.
    if (command === undefined && key?.base?.name === 'KEYS') return;
    if (!oneKey.has(command)) {
      fault(
        uses,
        base,
        `sends ${command ?? 'a computed command'}, whose key lua/check-uses.mjs does not know`,
      );
    } else if (key?.base?.name !== 'KEYS' && !uses.keys.has(key?.name)) {
      fault(uses, base, `sends ${command} with a key that is not from KEYS`);
    }
  },
};

const isTable = ({type, name}) => type === 'Identifier' && (name === 'KEYS' || name === 'ARGV');

/** Whether it says `unpack(KEYS)`. */
const isAllOfKeys = (node) =>
  node?.base?.name === 'unpack' && node.arguments.length === 1 && node.arguments[0].name === 'KEYS';

/** The variable in `a.b[c].d`. */
const rootOf = (node) => (node.base === undefined ? node : rootOf(node.base));

function refuseGlobal(variable, uses) {
  const {name, isLocal} = rootOf(variable);
  if (isLocal === false) fault(uses, variable, `sets the global ${name}`);
}

function fault({faults}, {loc}, text) {
  faults.push(`line ${loc.start.line} ${text}`);
}
