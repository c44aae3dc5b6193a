import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const NEWER_THAN_NODE_20 = [
  'CloseEvent',
  'EventSource',
  'Storage',
  'WebSocket',
  'localStorage',
  'navigator',
  'sessionStorage',
];
// The compiler knows the DOM (comlink's declarations need it), so only lint can tell that a
// browser's global slipped in. Names that every supported Node has too are fine.
const browserGlobals = Object.keys(globals.browser)
  .filter((name) => !(name in globals.node) || NEWER_THAN_NODE_20.includes(name))
  .map((name) => ({ name, message: 'Node has no such global; import it or rename yours.' }));

const sharedMemoryGlobals = ['Atomics', 'SharedArrayBuffer'].map((name) => ({
  name,
  message: 'Only src/runtime/memory touches shared memory directly.',
}));

const bufferGlobal = {
  name: 'Buffer',
  message:
    'Import it from node:buffer. The global is an accessor, which compiled code calls each time.',
};

const timerGlobal = {
  name: 'setTimeout',
  message: 'Use startTimer of src/runtime/actor/timer.ts: of Infinity Node makes a millisecond.',
};

export default tseslint.config(
  { ignores: ['dist/', 'docs/api/', 'node_modules/'] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-restricted-globals': ['error', ...browserGlobals],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A typed array's element is `number | undefined` to the compiler; a `!` costs nothing.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Shared words and fields set from callbacks change behind the checker's back.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // Counted loops are kept where an iterator per pass would show in a profile.
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      // What was caught, or what an AbortSignal carries, is passed on as it is.
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', ...browserGlobals, bufferGlobal] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/runtime/memory/**'],
    rules: {
      'no-restricted-globals': ['error', ...browserGlobals, ...sharedMemoryGlobals, bufferGlobal],
    },
  },
  {
    files: ['src/patterns/actor/**/*.ts', 'src/runtime/actor/**/*.ts'],
    ignores: ['src/runtime/actor/timer.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...browserGlobals,
        ...sharedMemoryGlobals,
        bufferGlobal,
        timerGlobal,
      ],
    },
  },
  {
    // Properties that come from the option table, and methods that several socket types share, are
    // declared by an interface of the class's name and defined on its prototype.
    files: ['src/patterns/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-declaration-merging': 'off',
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // chai's assertions are property reads
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    // A program of its own, with its own tsconfig.json
    files: ['test/fixtures/consumer/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: globals.node },
  },
);
