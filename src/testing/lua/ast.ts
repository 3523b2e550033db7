/** What the parser makes of a script: the part of its tree that is read here. */
export interface Chunk {
  readonly body: readonly Statement[];
}

interface Placed {
  readonly loc: {readonly start: {readonly line: number}};
}

export type Statement = Placed &
  (
    | {
        readonly type: 'LocalStatement';
        readonly variables: readonly Name[];
        readonly init: readonly Expression[];
      }
    | {
        readonly type: 'AssignmentStatement';
        readonly variables: readonly Target[];
        readonly init: readonly Expression[];
      }
    | {readonly type: 'CallStatement'; readonly expression: Call}
    | {readonly type: 'ReturnStatement'; readonly arguments: readonly Expression[]}
    | {readonly type: 'BreakStatement'}
    | {readonly type: 'DoStatement'; readonly body: readonly Statement[]}
    | {
        readonly type: 'WhileStatement' | 'RepeatStatement';
        readonly condition: Expression;
        readonly body: readonly Statement[];
      }
    | {readonly type: 'IfStatement'; readonly clauses: readonly Clause[]}
    | {
        readonly type: 'ForNumericStatement';
        readonly variable: Name;
        readonly start: Expression;
        readonly end: Expression;
        readonly step: Expression | null;
        readonly body: readonly Statement[];
      }
    | {
        readonly type: 'ForGenericStatement';
        readonly variables: readonly Name[];
        readonly iterators: readonly Expression[];
        readonly body: readonly Statement[];
      }
    | FunctionNode
  );

export interface Clause {
  readonly condition?: Expression;
  readonly body: readonly Statement[];
}

export interface Name {
  readonly type: 'Identifier';
  readonly name: string;
}

export interface FunctionNode {
  readonly type: 'FunctionDeclaration';
  readonly identifier: Target | null;
  readonly isLocal: boolean;
  readonly parameters: readonly (Name | {readonly type: 'VarargLiteral'})[];
  readonly body: readonly Statement[];
}

export interface Member {
  readonly type: 'MemberExpression';
  readonly indexer: '.' | ':';
  readonly identifier: Name;
  readonly base: Expression;
}

interface Index {
  readonly type: 'IndexExpression';
  readonly base: Expression;
  readonly index: Expression;
}

export type Target = Name | Member | Index;

export type Call =
  | {
      readonly type: 'CallExpression';
      readonly base: Expression;
      readonly arguments: readonly Expression[];
    }
  | {
      readonly type: 'TableCallExpression';
      readonly base: Expression;
      readonly arguments: Expression;
    }
  | {
      readonly type: 'StringCallExpression';
      readonly base: Expression;
      readonly argument: Expression;
    };

export type Field =
  | {readonly type: 'TableKey'; readonly key: Expression; readonly value: Expression}
  | {readonly type: 'TableKeyString'; readonly key: Name; readonly value: Expression}
  | {readonly type: 'TableValue'; readonly value: Expression};

export type Expression =
  | Target
  | Call
  | FunctionNode
  | {readonly type: 'StringLiteral'; readonly value: string}
  | {readonly type: 'NumericLiteral'; readonly value: number}
  | {readonly type: 'BooleanLiteral'; readonly value: boolean}
  | {readonly type: 'NilLiteral' | 'VarargLiteral'}
  | {readonly type: 'TableConstructorExpression'; readonly fields: readonly Field[]}
  | {readonly type: 'UnaryExpression'; readonly operator: string; readonly argument: Expression}
  | {
      readonly type: 'BinaryExpression' | 'LogicalExpression';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };
