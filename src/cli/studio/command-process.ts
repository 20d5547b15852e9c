/** Where `own-command.ts` has a command run: it is stopped, and ends with who started it, by the channel between the two. */
import { main } from '../main.ts'

/** Before the command listens nothing was begun. */
const stop = () => {
  if (!process.emit('SIGINT', 'SIGINT')) process.exit(130)
}

process.once('disconnect', stop)
process.exitCode = await main(process.argv.slice(2))
process.off('disconnect', stop)
if (process.connected) process.disconnect()
