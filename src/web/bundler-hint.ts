/** What to do where a development server moved the package away from its files, and answers with its page instead of them. */
export const KEEP_IN_PLACE =
  "With Vite before 8 add `optimizeDeps: { exclude: ['maskwright'] }` to its configuration"
