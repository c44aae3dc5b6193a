import ts from 'typescript';

/**
 * Turns shipped source into steps. Every call of an atomic operation becomes a `yield` that hands the
 * operation to the scheduler, every function that contains one becomes a generator, and every call of
 * such a function a `yield*`. It works on the compiler's syntax tree of the source itself, so what is
 * searched is what is shipped, and a new atomic operation is a new step without anyone's doing.
 *
 * Functions are told apart by name only, so some become generators without need; calls look at what
 * came back, so that changes nothing but speed. Constructors and setters cannot be generators: atomic
 * operations in them, and in what they call, happen at once.
 *
 * Plain reads and writes of the arena become calls of `$read` and `$write`, which look for races and
 * for memory that was freed.
 */

/** Names whose call is a step, by the end of the module specifier they are imported from. */
const PRIMITIVES = new Map<string, ReadonlySet<string>>([
  [
    'memory/atomics.js',
    new Set(['load', 'store', 'exchange', 'compareExchange', 'add', 'notify', 'wait']),
  ],
  ['/world.js', new Set(['awaitChange', 'kill'])],
]);

/** What is known of one file before anything is transformed. */
interface FileNames {
  /** Local name to the name it was imported under. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Local names whose call is a step. */
  readonly primitives: ReadonlySet<string>;
}

/** Which functions contain a step, directly or through others. */
export class SteppingNames {
  readonly functions = new Set<string>();
  /** By name alone, and for calls on `this` together with the class. */
  readonly methods = new Set<string>();
  readonly getters = new Set<string>();

  /** Reads all files until nothing new is found. */
  static of(files: readonly ts.SourceFile[]): SteppingNames {
    const names = new SteppingNames();
    const known = files.map((file) => ({ file, local: localNames(file) }));
    for (let before = -1; before !== names.size;) {
      before = names.size;
      for (const { file, local } of known) names.readFile(file, local);
    }
    return names;
  }

  private get size(): number {
    return this.functions.size + this.methods.size + this.getters.size;
  }

  private readFile(file: ts.SourceFile, local: FileNames): void {
    const visit = (node: ts.Node): void => {
      if (isFunction(node) && containsStep(node, this, local)) this.add(node);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }

  private add(node: ts.FunctionLikeDeclaration): void {
    if (ts.isGetAccessor(node)) this.getters.add(nameOf(node.name));
    else if (ts.isMethodDeclaration(node)) {
      this.methods.add(nameOf(node.name));
      this.methods.add(`${className(node)}.${nameOf(node.name)}`);
    } else if (ts.isFunctionDeclaration(node)) {
      if (node.name !== undefined) this.functions.add(node.name.text);
    } else if (ts.isPropertyAssignment(node.parent) || ts.isPropertyDeclaration(node.parent)) {
      this.methods.add(nameOf(node.parent.name));
    } else if (ts.isVariableDeclaration(node.parent)) {
      this.functions.add(node.parent.name.getText());
      // It may become a property of the same name.
      this.methods.add(node.parent.name.getText());
    }
  }
}

/** The transformer for one file. */
export function stepping(names: SteppingNames): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const local = localNames(file);
    const { factory } = context;

    const visit = (node: ts.Node): ts.Node => {
      if (isFunction(node)) return visitFunction(node);
      // Outside of generators, atomic operations are ordinary calls: they happen at once.
      return ts.visitEachChild(visitArenaAccess(node), visit, context);
    };

    const visitInside = (node: ts.Node): ts.Node => {
      if (isFunction(node)) return visitFunction(node);
      if (ts.isCallExpression(node)) {
        const primitive = primitiveName(node, local);
        const visited = ts.visitEachChild(node, visitInside, context);
        if (primitive !== undefined) return step(primitive, visited.arguments);
        return mayStep(node, names, local) ? delegate(visited) : visited;
      }
      if (isSteppingGet(node, names)) {
        return delegate(ts.visitEachChild(node, visitInside, context));
      }
      return ts.visitEachChild(visitArenaAccess(node), visitInside, context);
    };

    const visitAtOnce = (node: ts.Node): ts.Node => {
      if (isFunction(node)) return visitFunction(node);
      const visited = ts.visitEachChild(visitArenaAccess(node), visitAtOnce, context);
      const calls = ts.isCallExpression(node) && mayStep(node, names, local);
      // Generators that nobody runs would vanish without a sound.
      return calls || isSteppingGet(node, names)
        ? access('$now', visited as ts.Expression)
        : visited;
    };

    const visitFunction = (node: ts.FunctionLikeDeclaration): ts.Node => {
      const steps = containsStep(node, names, local);
      if (!steps) return ts.visitEachChild(node, visit, context);
      if (ts.isConstructorDeclaration(node) || ts.isSetAccessor(node)) {
        return ts.visitEachChild(node, visitAtOnce, context);
      }
      const body = generatorBody(node);
      if (ts.isGetAccessor(node)) {
        const call = factory.createCallExpression(
          factory.createPropertyAccessExpression(generator([], body), 'call'),
          undefined,
          [factory.createThis()],
        );
        return factory.updateGetAccessorDeclaration(
          node,
          node.modifiers,
          node.name,
          node.parameters,
          undefined,
          factory.createBlock([factory.createReturnStatement(call)]),
        );
      }
      const star = factory.createToken(ts.SyntaxKind.AsteriskToken);
      if (ts.isMethodDeclaration(node)) {
        return factory.updateMethodDeclaration(
          node,
          node.modifiers,
          star,
          node.name,
          undefined,
          undefined,
          node.parameters,
          undefined,
          body,
        );
      }
      if (ts.isFunctionDeclaration(node)) {
        return factory.updateFunctionDeclaration(
          node,
          node.modifiers,
          star,
          node.name,
          undefined,
          node.parameters,
          undefined,
          body,
        );
      }
      if (isCallbackOfArray(node)) {
        throw new Error(`An array cannot call what takes steps: ${node.getText()}`);
      }
      // An arrow function keeps its `this`, and its `super`.
      const home = className(node);
      return factory.createCallExpression(
        factory.createPropertyAccessExpression(
          generator(node.parameters, ts.visitEachChild(body, withoutSuper(home), context)),
          'bind',
        ),
        undefined,
        [factory.createThis()],
      );
    };

    /** Writes `super.method(…)`, which means something only in a method, as what it means in this class. */
    const withoutSuper = (home: string): ts.Visitor => {
      const visitSuper = (node: ts.Node): ts.Node => {
        if (!ts.isCallExpression(node) || !isSuperMethod(node.expression)) {
          return ts.visitEachChild(node, visitSuper, context);
        }
        const parent = factory.createCallExpression(
          factory.createPropertyAccessExpression(
            factory.createIdentifier('Object'),
            'getPrototypeOf',
          ),
          undefined,
          [factory.createPropertyAccessExpression(factory.createIdentifier(home), 'prototype')],
        );
        const method = factory.createPropertyAccessExpression(parent, node.expression.name);
        return factory.createCallExpression(
          factory.createPropertyAccessExpression(method, 'call'),
          undefined,
          [factory.createThis(), ...node.arguments],
        );
      };
      return visitSuper;
    };

    const generator = (
      parameters: readonly ts.ParameterDeclaration[],
      body: ts.Block,
    ): ts.ParenthesizedExpression =>
      factory.createParenthesizedExpression(
        factory.createFunctionExpression(
          undefined,
          factory.createToken(ts.SyntaxKind.AsteriskToken),
          undefined,
          undefined,
          parameters,
          undefined,
          body,
        ),
      );

    const generatorBody = (node: ts.FunctionLikeDeclaration): ts.Block => {
      const body = node.body!;
      const statements = ts.isBlock(body)
        ? ts.visitNodes(body.statements, visitInside, ts.isStatement)
        : [factory.createReturnStatement(ts.visitNode(body, visitInside, ts.isExpression))];
      const result = factory.createVariableStatement(
        undefined,
        factory.createVariableDeclarationList(
          [factory.createVariableDeclaration('$result')],
          ts.NodeFlags.Let,
        ),
      );
      return factory.createBlock([result, ...statements], true);
    };

    /** `(yield ['store', at, value])`: the memory itself is known. */
    const step = (primitive: string, args: readonly ts.Expression[]): ts.Expression =>
      factory.createParenthesizedExpression(
        factory.createYieldExpression(
          undefined,
          factory.createArrayLiteralExpression([
            factory.createStringLiteral(primitive),
            ...args.slice(1),
          ]),
        ),
      );

    /** `($result = call, $steps($result) ? yield* $result : $result)` */
    const delegate = (call: ts.Node): ts.Expression => {
      const result = factory.createIdentifier('$result');
      return factory.createParenthesizedExpression(
        factory.createComma(
          factory.createAssignment(result, call as ts.Expression),
          factory.createConditionalExpression(
            factory.createCallExpression(factory.createIdentifier('$steps'), undefined, [result]),
            undefined,
            factory.createYieldExpression(factory.createToken(ts.SyntaxKind.AsteriskToken), result),
            undefined,
            result,
          ),
        ),
      );
    };

    const visitArenaAccess = (node: ts.Node): ts.Node => {
      if (
        ts.isBinaryExpression(node) &&
        node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
        isArenaElement(node.left)
      ) {
        const { expression, argumentExpression } = node.left;
        return access('$write', expression, argumentExpression, node.right);
      }
      if (isArenaElement(node)) return access('$read', node.expression, node.argumentExpression);
      return node;
    };

    const access = (name: string, ...args: ts.Expression[]): ts.Expression =>
      factory.createCallExpression(factory.createIdentifier(name), undefined, args);

    return ts.visitEachChild(file, visit, context);
  };
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && (node as ts.FunctionLikeDeclaration).body !== undefined;
}

/** Does the function itself take a step, not counting functions inside of it? */
function containsStep(
  node: ts.FunctionLikeDeclaration,
  names: SteppingNames,
  local: FileNames,
): boolean {
  const visit = (inner: ts.Node): boolean => {
    if (isFunction(inner)) return false;
    if (ts.isCallExpression(inner)) {
      if (primitiveName(inner, local) !== undefined || mayStep(inner, names, local)) return true;
    }
    if (isSteppingGet(inner, names)) return true;
    return ts.forEachChild(inner, visit) ?? false;
  };
  return visit(node.body!);
}

function primitiveName(node: ts.CallExpression, local: FileNames): string | undefined {
  if (!ts.isIdentifier(node.expression)) return undefined;
  const name = node.expression.text;
  return local.primitives.has(name) ? (local.aliases.get(name) ?? name) : undefined;
}

function mayStep(node: ts.CallExpression, names: SteppingNames, local: FileNames): boolean {
  const callee = node.expression;
  if (ts.isPropertyAccessExpression(callee)) {
    const { name, expression } = callee;
    const own = expression.kind === ts.SyntaxKind.ThisKeyword && isMethodOf(node, name.text);
    return names.methods.has(own ? `${className(node)}.${name.text}` : name.text);
  }
  if (!ts.isIdentifier(callee)) return false;
  const { text } = callee;
  return names.functions.has(local.aliases.get(text) ?? text) || isAnything(callee);
}

function isSuperMethod(callee: ts.Node): callee is ts.PropertyAccessExpression {
  return (
    ts.isPropertyAccessExpression(callee) && callee.expression.kind === ts.SyntaxKind.SuperKeyword
  );
}

function enclosingClass(node: ts.Node): ts.ClassDeclaration | undefined {
  return ts.findAncestor(node, ts.isClassDeclaration);
}

function className(node: ts.Node): string {
  return enclosingClass(node)?.name?.text ?? '';
}

/** Has the class around the node a method of this name? A property may hold any function, an abstract method be any. */
function isMethodOf(node: ts.Node, name: string): boolean {
  const members = enclosingClass(node)?.members ?? [];
  return members.some(
    (member) =>
      ts.isMethodDeclaration(member) && member.body !== undefined && nameOf(member.name) === name,
  );
}

const ARRAY_CALLS = /^(forEach|map|flatMap|filter|some|every|find|findIndex|sort|reduce)$/;

/** Generators that nobody runs would vanish without a sound. */
function isCallbackOfArray({ parent }: ts.Node): boolean {
  if (!ts.isCallExpression(parent)) return false;
  const callee = parent.expression;
  return ts.isPropertyAccessExpression(callee) && ARRAY_CALLS.test(callee.name.text);
}

/** A function that was passed in may be anything, and so may one that a call has answered. */
function isAnything(callee: ts.Identifier): boolean {
  const { text } = callee;
  for (let node: ts.Node = callee; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isBlock(node) && node.statements.some((statement) => isAnswered(statement, text))) {
      return true;
    }
    if (!ts.isFunctionLike(node)) continue;
    if (node.parameters.some(({ name }) => ts.isIdentifier(name) && name.text === text)) {
      return true;
    }
  }
  return false;
}

/** Does the statement declare a variable of this name for what a call answers? */
function isAnswered(statement: ts.Statement, variable: string): boolean {
  if (!ts.isVariableStatement(statement)) return false;
  return statement.declarationList.declarations.some(
    ({ name, initializer }) =>
      ts.isIdentifier(name) &&
      name.text === variable &&
      initializer !== undefined &&
      ts.isCallExpression(initializer),
  );
}

function isSteppingGet(node: ts.Node, names: SteppingNames): boolean {
  if (!ts.isPropertyAccessExpression(node) || !names.getters.has(node.name.text)) return false;
  const { parent } = node;
  if (ts.isCallExpression(parent) && parent.expression === node) return false;
  return !(ts.isBinaryExpression(parent) && parent.left === node && isAssignment(parent));
}

function isAssignment(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isArenaElement(node: ts.Node): node is ts.ElementAccessExpression {
  if (!ts.isElementAccessExpression(node)) return false;
  const of = node.expression;
  const name = ts.isPropertyAccessExpression(of) ? of.name : of;
  return ts.isIdentifier(name) && (name.text === 'words' || name.text === 'bytes');
}

function localNames(file: ts.SourceFile): FileNames {
  const aliases = new Map<string, string>();
  const primitives = new Set<string>();
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const stepsOfModule = [...PRIMITIVES].find(([end]) => from.endsWith(end))?.[1];
    for (const { name, propertyName } of bindings.elements) {
      const imported = propertyName?.text ?? name.text;
      aliases.set(name.text, imported);
      if (stepsOfModule?.has(imported) === true) primitives.add(name.text);
    }
  }
  return { aliases, primitives };
}

function nameOf(name: ts.Node): string {
  return name.getText();
}
