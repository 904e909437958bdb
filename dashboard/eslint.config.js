/** The rules of the whole repository, and what only a web application needs. */
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import repository from '../eslint.config.js';

const TEXT = 'Text that people read stands in dashboard/src/messages.';
const READ_ALOUD = '/^(aria-label|label|title|placeholder|description|alt|text|lead)$/';

export default tseslint.config(
  { ignores: ['**/generated', '**/*.js'] },
  // Its own list of what is left out names this very folder.
  ...repository.filter(({ ignores, files }) => !ignores || files),
  reactHooks.configs.flat['recommended-latest'],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { 'react-hooks/exhaustive-deps': 'error' },
  },
  {
    files: ['**/*.tsx'],
    rules: {
      // A component is mostly what it shows.
      'max-lines-per-function': ['error', { max: 75, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'JSXText[value=/[A-Za-z]/]', message: TEXT },
        { selector: `JSXAttribute[name.name=${READ_ALOUD}] > Literal`, message: TEXT },
        { selector: 'JSXExpressionContainer > Literal[value=/[A-Za-z]{2}/]', message: TEXT },
      ],
    },
  },
  { files: ['src/messages/**'], rules: { 'max-lines': 'off' } },
);
