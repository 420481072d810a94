import hooks from 'eslint-plugin-react-hooks'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig(
  { ignores: ['dist', 'src/api/schema.d.ts'] },
  ...tseslint.configs.recommended,
  hooks.configs.flat['recommended-latest'],
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      // The contract is typed from one end to the other; an `any` would be a hole in it.
      '@typescript-eslint/no-explicit-any': 'error',
      // What people read is in text.ts; the policy refuses markup in strings anyway.
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'Text is text: never markup from data.',
        },
      ],
      eqeqeq: 'error',
    },
  },
)
