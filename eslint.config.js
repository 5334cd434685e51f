// What eslint refuses, and why. Formatting is checked here too, so that no second tool has its own opinion.
// @ts-check
import js from '@eslint/js'
import stylistic from '@stylistic/eslint-plugin'
import tseslint from 'typescript-eslint'

/** What a host or a loader brings: the shell assumes none of it, because some mini-program lacks it. */
const environment = [
  'TextEncoder', 'TextDecoder', 'crypto', 'btoa', 'atob', 'fetch', 'URL', 'URLSearchParams', 'globalThis',
  'window', 'self', 'document', 'navigator', 'localStorage', 'sessionStorage', 'indexedDB', 'setImmediate',
  'queueMicrotask', 'structuredClone', 'process', 'Buffer', 'require', 'performance', 'console', 'Intl',
  'FinalizationRegistry', 'WeakRef', 'AbortController', 'WebAssembly',
]

/** Timers are on every host. */
const timers = globals(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'])

/** What the files that run only in Node may name. */
const node = globals([
  'AbortController', 'AbortSignal', 'Buffer', 'FinalizationRegistry', 'TextDecoder', 'TextEncoder', 'URL',
  'WeakRef', 'WebAssembly', 'console', 'crypto', 'fetch', 'gc', 'performance', 'process', 'queueMicrotask',
  'setImmediate', 'structuredClone',
])

/** @param {string[]} names @returns {Record<string, 'readonly'>} */
function globals(names) {
  return Object.fromEntries(names.map((name) => [name, 'readonly']))
}

export default [
  { ignores: ['**/node_modules/', '.tools/', 'target/', 'js/core/', 'pkg/', 'tests/fuzz/corpus/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    plugins: { '@stylistic': stylistic },
    rules: {
      ...stylistic.configs.customize({ indent: 2, quotes: 'single', semi: false, braceStyle: '1tbs' })
        .rules,
      '@stylistic/quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: 'always' }],
      '@stylistic/comma-dangle': ['error', 'only-multiline'],
      '@stylistic/max-len': ['error', { code: 110, ignoreUrls: true, ignoreTemplateLiterals: true }],
      '@stylistic/linebreak-style': ['error', 'unix'],
      // Laying out a table of cases in columns, and two short statements on a line of a test, read well.
      '@stylistic/no-multi-spaces': 'off',
      '@stylistic/key-spacing': 'off',
      '@stylistic/max-statements-per-line': 'off',
      '@stylistic/multiline-ternary': 'off',
      '@stylistic/quote-props': 'off',
      '@stylistic/operator-linebreak': 'off',
      '@stylistic/arrow-parens': 'off',
      '@stylistic/object-curly-newline': 'off',
      '@stylistic/generator-star-spacing': 'off',
      '@stylistic/yield-star-spacing': 'off',
    },
  },
  {
    rules: {
      // `==` has rules that nobody knows by heart; a store keeps '', 0 and null apart.
      eqeqeq: 'error',
      // What is never reassigned says so.
      'prefer-const': 'error',
      'no-var': 'error',
      // A result or an error that is dropped is lost data.
      'no-unused-vars': ['error', { args: 'after-used', caughtErrors: 'all', ignoreRestSiblings: true }],
      'no-unused-expressions': 'error',
      'array-callback-return': 'error',
      'no-promise-executor-return': 'error',
      'prefer-promise-reject-errors': 'error',
      'no-throw-literal': 'error',
      'consistent-return': 'error',
      'default-case-last': 'error',
      'no-constructor-return': 'error',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unmodified-loop-condition': 'error',
      'no-unreachable-loop': 'error',
      'no-use-before-define': ['error', { functions: false, classes: false, variables: false }],
      'no-shadow': 'error',
      // Mini-programs forbid it, and so do strict content security policies.
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      // A key of a user's object may be called anything: `hasOwnProperty` and `__proto__` too.
      'no-prototype-builtins': 'error',
      'no-proto': 'error',
      'no-extend-native': 'error',
      'no-implicit-coercion': ['error', { boolean: false }],
      'object-shorthand': 'error',
      'prefer-rest-params': 'error',
      'prefer-spread': 'error',
      radix: 'error',
      // Nothing is put off by a note.
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'anywhere' }],
    },
  },
  {
    // The shell: runs on any host, so it may name nothing of the environment, and nothing that old engines
    // cannot parse and no compiler can lower.
    files: ['js/**/*.js'],
    languageOptions: { globals: timers },
    rules: {
      'no-console': 'error',
      'no-restricted-globals': ['error', ...environment.map((name) => ({
        name,
        message: 'The shell assumes nothing of its environment: a host or a loader brings it.',
      }))],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Literal[bigint]',
          message: 'Old engines cannot parse a BigInt literal, and no compiler can lower it.',
        },
        {
          selector: 'ForOfStatement > YieldExpression.right',
          message: 'QuickJS cannot compile it: give what is yielded a name first.',
        },
        { selector: 'MetaProperty[meta.name="import"]', message: 'Only a loader knows its own URL.' },
        { selector: 'ExportDefaultDeclaration', message: 'One name for one thing: named exports only.' },
        {
          selector: 'ExportNamedDeclaration > VariableDeclaration[kind!="const"]',
          message: 'An export never changes.',
        },
      ],
      'max-lines': ['error', { max: 400 }],
    },
  },
  {
    files: ['js/hosts/**/*.js'],
    // A host file only translates.
    rules: { 'max-lines': ['error', { max: 150 }] },
  },
  {
    files: [
      'js/hosts/**/*.js', 'js/load/*.js', 'tests/**/*.js', 'tests/**/*.mjs',
      'examples/**/*.js', 'examples/**/*.mjs', 'scripts/**/*.mjs',
    ],
    languageOptions: { globals: { ...timers, ...node } },
    rules: { 'no-restricted-globals': 'off', 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    // A mini-program's own scripts: CommonJS, with what WeChat and Alipay give every page.
    files: ['examples/wechat/**/*.js', 'examples/alipay/**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: globals(['App', 'Page', 'getApp', 'require', 'wx', 'my']),
    },
  },
  {
    // A promise that nobody waits for is a write that nobody knows the end of; only types can tell which call
    // is one.
    files: ['**/*.js', '**/*.mjs'],
    // The scripts of other people's tools belong to no project of ours.
    ignores: ['examples/wechat/**', 'examples/alipay/**', 'examples/uni-app/**'],
    languageOptions: {
      parser: /** @type {import('eslint').Linter.Parser} */ (tseslint.parser),
      parserOptions: {
        project: ['./tsconfig.json', './tests/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { '@typescript-eslint': /** @type {import('eslint').ESLint.Plugin} */ (tseslint.plugin) },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', {
        // node:test waits for what these return by itself.
        allowForKnownSafeCalls: [{
          from: 'package',
          name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'],
          package: 'node:test',
        }],
      }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-base-to-string': 'error',
    },
  },
]
