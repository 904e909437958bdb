import tseslint from 'typescript-eslint';

/** More than three parameters want an object; a constructor's are its dependencies, so it is exempt. */
const PARAMS_MAX = 3;
const manyParams = (kind) => ({
  selector: `${kind}[params.length>${PARAMS_MAX}]`,
  message: `More than ${PARAMS_MAX} parameters: pass one object.`,
});

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'dashboard', '.data', '**/*.js', '**/*.mjs', '**/*.cjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'max-depth': ['error', 3],
      // A switch over a union counts once: its cases are what the compiler checks for completeness.
      complexity: ['error', { max: 10, variant: 'modified' }],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        manyParams('FunctionDeclaration'),
        manyParams('ArrowFunctionExpression'),
        manyParams('MethodDefinition[kind="method"] > FunctionExpression'),
      ],
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off', '@typescript-eslint/unbound-method': 'off' },
  },
);
