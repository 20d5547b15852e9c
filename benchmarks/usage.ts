/**
 * The arguments of a benchmark; without enough of them, or with --help, says how it is called and ends: a benchmark takes
 * minutes, and none starts by accident.
 */
export function argumentsOr(usage: string, least: number): string[] {
  const given = process.argv.slice(2)
  if (given.length >= least && !given.includes('--help')) return given
  console.error(`Usage: npx tsx benchmarks/${usage}`)
  process.exit(given.includes('--help') ? 0 : 2)
}
