import type { Check } from '../check.ts'

export const jsonDialect: Check = {
  name: 'json-dialect',
  title: 'Text that is not JSON',
  severity: 'error',
  unit: 'files',
  why: 'NaN, Infinity and commas before a closing bracket are not JSON: most programs refuse the whole file.',
  advice:
    'Find the program that writes them; numbers that are none come from a division by zero or an empty mask.',
  *find({ files }) {
    for (const file of files) {
      for (const { line, column, what } of file.dialect) {
        yield { file: file.name, where: `line ${line}, column ${column}`, detail: what }
      }
    }
  },
  repair: {
    does: 'The copy is written as JSON; a number that is none becomes null where nothing replaces it.',
    changes: () => [],
  },
}
