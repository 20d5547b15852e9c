// The command of `npm run build`, in a clone, whose `bin/maskwright.js` runs the sources.
const { main } = await import('../dist/cli/main.js')
process.exitCode = await main(process.argv.slice(2))
